import { type Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { askings, watched } from './fixtures.ts'

/** One record of the actor's own and one of another tenant; `untouched` fails if anything was read or written. */
export const fillInput = async (context: Context) => {
  const { driver, calls } = watched(context.driver)
  const opened = openPapers({ ...context, driver }, ({ allow, me }) => {
    const own = [allow('*', { tenantId: me.tenantId })]
    return { read: own, create: own, update: own, delete: own }
  })
  const stored = async () => [
    await opened.free.get(paper(context, 'a')),
    await opened.free.get({ tenantId: `${context.unique}-x`, paperId: 'b' }),
    await opened.free.count({ where: { tenantId: context.unique } }),
  ]
  await opened.free.createMany([
    paper(context, 'a', { status: 'open', pages: 1, readers: ['u'] }),
    { tenantId: `${context.unique}-x`, paperId: 'b', status: 'open' },
  ])
  const before = await stored()
  calls.length = 0
  const untouched = async (): Promise<void> => {
    same(calls, [], 'refused before anything is read')
    same(await stored(), before)
  }
  const db = opened.as('u', ['reader'])
  return { ...opened, db, papers: db.papers, where: { tenantId: context.unique }, untouched }
}

/** A filter is refused wherever a filter is taken. */
export const refuseFilter = async (
  context: Context,
  filter: unknown,
  field?: string,
): Promise<void> => {
  const { db, papers, untouched } = await fillInput(context)
  const detail = field === undefined ? {} : { field }
  const calls = [
    ...askings(papers, { where: filter, scan: true }),
    ['update', () => papers.update(paper(context, 'a'), { title: 'x' }, { if: filter as never })],
    ['delete', () => papers.delete(paper(context, 'a'), { if: filter as never })],
    [
      'transaction',
      () => db.transaction((tx) => tx.papers.delete(paper(context, 'a'), { if: filter as never })),
    ],
  ] as const
  for (const [, call] of calls) await refused(call, 'INVALID', detail)
  same(papers.explain({ where: filter as never, scan: true }).access, 'refused')
  await untouched()
}

/** A value as JavaScript takes it, whatever its type. */
export const loose = (value: unknown): never => value as never
