import type { Driver } from '@holdfast/core'
import type { Context } from '../case.ts'
import { type DeclareRules, openPapers, paper } from '../query-fixtures.ts'
import { watched } from './fixtures.ts'

/** Readers see all records, finance the fees of its own, admins everything. */
const rules: DeclareRules = ({ allow, deny, me }) => ({
  read: [
    allow('reader', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId, ownerId: me.id }, { reveal: ['fee'] }),
    allow('admin', { tenantId: me.tenantId }, { reveal: ['fee', 'secret'] }),
  ],
  create: [
    allow('writer', { tenantId: me.tenantId }),
    allow('admin', { tenantId: me.tenantId }, { fields: 'all' }),
  ],
  update: [
    allow('writer', { tenantId: me.tenantId }),
    allow('finance', { tenantId: me.tenantId }, { fields: ['fee'] }),
    allow('admin', undefined, { fields: 'all' }),
    deny('*', { status: 'final' }, { on: 'old', id: 'final-is-final' }),
  ],
  delete: [allow('writer', { tenantId: me.tenantId })],
})

/** Four records with fees and secrets, on a driver that is watched. */
export const fillFees = async (context: Context, inner: Driver = context.driver) => {
  const { driver, calls } = watched(inner)
  const opened = openPapers({ ...context, driver }, rules)
  await opened.free.createMany([
    paper(context, 'a', { ownerId: 'u', fee: 10, secret: 'zulu', pages: 1 }),
    paper(context, 'b', { ownerId: 'v', fee: 20, secret: 'yankee', pages: 2 }),
    paper(context, 'c', { ownerId: 'v', fee: null, pages: 3 }),
    paper(context, 'd', { ownerId: 'u', pages: 4 }),
  ])
  calls.length = 0
  return { ...opened, calls, tenantId: context.unique, where: { tenantId: context.unique } }
}

/** Ids of records, `:` and the fee where it is shown, `!` where the secret is. */
export const shape = (
  rows: readonly ({ paperId: string; fee?: unknown; secret?: unknown } | undefined)[],
): string =>
  rows
    .map((row) =>
      row === undefined
        ? '-'
        : `${row.paperId}${'fee' in row ? `:${String(row.fee)}` : ''}${'secret' in row ? '!' : ''}`,
    )
    .join(' ')
