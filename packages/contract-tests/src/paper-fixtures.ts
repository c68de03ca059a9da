import { gt, has } from '@holdfast/core'
import type { Context } from './case.ts'
import { type DeclareRules, openPapers, paper } from './query-fixtures.ts'

/** Readers see their own and public records; writers change their own; finance pays what is shared. */
const rules: DeclareRules = ({ allow, deny, me }) => ({
  read: [
    allow('reader', { tenantId: me.tenantId, ownerId: me.id }),
    allow('reader', { tenantId: me.tenantId, status: 'public' }),
    allow('finance', { readers: has(me.id) }),
  ],
  create: [allow('writer', { tenantId: me.tenantId, ownerId: me.id }, { id: 'own-create' })],
  update: [
    allow('writer', { tenantId: me.tenantId, ownerId: me.id }, { id: 'own-update' }),
    allow(
      'finance',
      { readers: has(me.id) },
      { check: { status: 'paid' }, fields: ['status'], id: 'pay' },
    ),
    deny('*', { status: 'final' }, { on: 'old', id: 'final' }),
    deny('*', { pages: gt(100) }, { on: 'new', id: 'too-long' }),
  ],
  delete: [
    allow('writer', { ownerId: me.id }, { id: 'own-delete' }),
    deny('*', { status: 'final' }, { id: 'no-delete' }),
  ],
})

/** Five records, as the actor `u` who reads and writes sees them. */
export const fillPapers = async (context: Context) => {
  const opened = openPapers(context, rules)
  await opened.free.createMany([
    paper(context, 'mine', { ownerId: 'u', pages: 1 }),
    paper(context, 'theirs', { ownerId: 'v', pages: 1 }),
    paper(context, 'public', { ownerId: 'v', status: 'public', pages: 1 }),
    paper(context, 'final', { ownerId: 'u', status: 'final', pages: 1 }),
    paper(context, 'shared', { ownerId: 'v', readers: ['f'], pages: 1 }),
  ])
  const db = opened.as('u', ['reader', 'writer'])
  const stored = async (id: string) => opened.free.get(paper(context, id))
  return { ...opened, db, papers: db.papers, stored, where: { tenantId: context.unique } }
}
