/** The read side of the policy oracle: every path shows exactly what the kit's evaluator allows. */
import type { Context } from '../case.ts'
import { refused, same } from '../expect.ts'
import { askers, FACTS } from './oddities.ts'
import { decisionsOn, keyOf, type Loose, openOddities } from './place.ts'
import { and, eq, gt, isNull, not, oneOf, or, type Said, startsWith } from './said.ts'
import type { Shape } from './shape.ts'
import { type Asker, couldSee, type Fields, masked, mayRead, maySee, truthOf } from './verdict.ts'
import { written } from './written.ts'

/** What actors ask for besides what the rules give them: some try to get out. */
const WHERES: readonly Said[] = [
  or(eq('text', 'a'), not(eq('text', 'a')), isNull('text'), not(isNull('text'))),
  not(and(eq('owner', 'u'), isNull('owner'))),
  or(eq('tenantId', 'another tenant'), eq('owner', 'u')),
  oneOf('owner', ['u', 'v', 'w']),
  not(oneOf('owner', [])),
  and(gt('whole', 0), not(eq('flag', true))),
  startsWith('id', ''),
  oneOf('owner', []),
  not(startsWith('text', 'a')),
  or(gt('real', 0), eq('any', 'a')),
]

/** The same for fields that are shown on some records only. */
const HIDDEN_WHERES: readonly Said[] = [
  eq('secret', 'alpha'),
  not(eq('secret', 'alpha')),
  or(isNull('secret'), gt('whole', 0)),
  gt('cost', 4),
  or(eq('text', 'a'), not(or(eq('cost', 10), isNull('secret')))),
]

const byRank = (rows: readonly Fields[]): readonly Fields[] =>
  rows.toSorted((a, b) => Number(a['rank']) - Number(b['rank']))

const ranks = (rows: readonly Fields[]): string =>
  byRank(rows)
    .map(({ rank }) => rank)
    .join(' ')

const gather = async (from: AsyncIterable<Fields>): Promise<readonly Fields[]> => {
  const rows: Fields[] = []
  for await (const row of from) rows.push(row)
  return rows
}

/** One actor's view of the records, as it is and as it should be. */
interface View {
  readonly repository: Loose
  readonly rows: readonly Fields[]
  readonly shape: Shape
  readonly who: Asker
  readonly place: string
}

const shownTo = ({ rows, shape, who }: View): readonly Fields[] =>
  rows
    .filter((row) => mayRead(shape.rules, row, who))
    .map((row) => masked(shape.rules, row, { asker: who, facts: FACTS }))

/** All paths to the records; returns how many answers were compared. */
const onEveryPath = async (view: View, at: number): Promise<number> => {
  const { repository, rows, shape, who, place } = view
  const shown = shownTo(view)
  const keyed = { where: { tenantId: place } }
  const indexed = { where: { bucket: place }, index: 'byBucket' }
  const scanned = { where: { mark: place }, scan: true }
  const found = await repository.find(keyed)
  same(byRank(found.items), shown, 'find by key')
  const listed = await repository.find({ ...indexed, select: ['rank'] })
  same(ranks(listed.items), ranks(shown), 'find by index')
  const read = await repository.getMany(rows.map(keyOf))
  const answers = rows.map((row) =>
    mayRead(shape.rules, row, who)
      ? masked(shape.rules, row, { asker: who, facts: FACTS })
      : undefined,
  )
  same(read, answers, 'getMany')
  const one = at % rows.length
  same(await repository.get(keyOf(rows[one] ?? {})), answers[one], 'get')
  const pages = [keyed, { ...indexed, orderBy: 'desc' }, scanned]
  const each = await gather(repository.each({ ...pages[at % 3], limit: 7 }))
  same(byRank(each), shown, 'each')
  const all = await repository.find({ ...scanned, select: ['rank'] })
  same(ranks(all.items), ranks(shown), 'a scan')
  same(await repository.count([keyed, indexed, scanned][at % 3] ?? keyed), shown.length, 'count')
  return 6 * rows.length + 1
}

/** A filter of the actor's own: what it finds is allowed and matches. */
const withWhere = async (view: View, said: Said): Promise<void> => {
  const { repository, rows, shape, who, place } = view
  const where = and(eq('tenantId', place), said)
  const query = { where: written(where) }
  const expected = rows.filter(
    (row) => truthOf(said, row, {}) === true && mayRead(shape.rules, row, who),
  )
  const found = await repository.find({ ...query, select: ['rank'] })
  same(ranks(found.items), ranks(expected), 'find with a filter')
  same(await repository.count(query), expected.length, 'count with a filter')
}

const sensitiveIn = (said: Said): readonly string[] =>
  'of' in said
    ? said.of.flatMap(sensitiveIn)
    : 'field' in said && FACTS.sensitive.includes(said.field)
      ? [said.field]
      : []

/** A filter on sensitive fields narrows to the records that show them, or is refused. */
const withHidden = async (view: View, said: Said): Promise<void> => {
  const { repository, rows, shape, who, place } = view
  const query = { where: written(and(eq('tenantId', place), said)) }
  const fields = sensitiveIn(said)
  if (!fields.every((field) => couldSee(shape.rules, field, who))) {
    await refused(() => repository.find(query), 'FORBIDDEN', { entity: 'oddity' })
    await refused(() => repository.count(query), 'FORBIDDEN', { entity: 'oddity' })
    return
  }
  const expected = rows.filter(
    (row) =>
      truthOf(said, row, {}) === true &&
      fields.every((field) => maySee(shape.rules, field, { record: row, asker: who })),
  )
  const found = await repository.find({ ...query, select: ['rank'] })
  same(ranks(found.items), ranks(expected), 'find with a filter on sensitive fields')
  same(await repository.count(query), expected.length, 'count with a filter on sensitive fields')
}

/** Who reads what under a shape: every actor, every path, and with filters of their own. */
export const readShape = async (
  context: Context,
  place: { readonly rows: readonly Fields[]; readonly name: string },
  { shape, at }: { readonly shape: Shape; readonly at: number },
): Promise<void> => {
  const { as } = openOddities(context, { read: shape.rules })
  const counts = decisionsOn(context)
  let turn = at
  for (const [name, who] of Object.entries(askers(place.name))) {
    turn += 1
    const view = { repository: as(who), rows: place.rows, shape, who, place: place.name }
    try {
      counts.reads += await onEveryPath(view, turn)
      const where = WHERES[turn % WHERES.length]
      const hidden = HIDDEN_WHERES[turn % HIDDEN_WHERES.length]
      if (where !== undefined) await withWhere(view, where)
      const isTelling = shape.rules.some(({ reveal }) => reveal !== undefined)
      if (hidden !== undefined && (isTelling || turn % 5 === 0)) await withHidden(view, hidden)
      counts.reads += place.rows.length
    } catch (error) {
      throw new Error(`Actor: ${name}`, { cause: error })
    }
  }
}
