import {
  and,
  between,
  Decimal,
  exists,
  gt,
  gte,
  has,
  isNull,
  lt,
  lte,
  not,
  oneOf,
  or,
  startsWith,
} from '@holdfast/core'
import { evaluate, type Filter } from '@holdfast/core/driver'
import fc from 'fast-check'
import { collect, type Context } from '../case.ts'
import { holds, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'
import { fuzzCheck, type Spec, type Truth } from './oracle.ts'
import { fields, operand, POOL } from './pool.ts'

const { add, suite } = collect('filter fuzz')

/** Random filters over hostile records, against an evaluator of the kit's own and core's. */
export const fuzzSuite = suite

const FILTERS = 3000
const IN_FLIGHT = 8
const RECORDS = 120

const leaf = (): fc.Arbitrary<Spec> =>
  fc.constantFrom(...fields).chain((field): fc.Arbitrary<Spec> => {
    if (field === 'doc')
      return fc.constantFrom('isNull' as const, 'exists' as const).map((op) => ({ op, field }))
    if (field === 'list')
      return fc.oneof(
        fc.constantFrom('isNull' as const, 'exists' as const).map((op): Spec => ({ op, field })),
        operand('any').map((value): Spec => ({ op: 'has', field, value })),
      )
    const value = operand(field)
    return fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          op: fc.constantFrom(
            'eq' as const,
            'gt' as const,
            'gte' as const,
            'lt' as const,
            'lte' as const,
          ),
          field: fc.constant(field),
          value,
        }),
      },
      fc.record({
        op: fc.constant('between' as const),
        field: fc.constant(field),
        low: value,
        high: value,
      }),
      fc.record({
        op: fc.constant('in' as const),
        field: fc.constant(field),
        values: fc.array(value, { maxLength: 3 }),
      }),
      fc.constantFrom('isNull' as const, 'exists' as const).map((op): Spec => ({ op, field })),
      ...(field === 'text' || field === 'any'
        ? [
            fc
              .constantFrom(
                ...POOL.text.map((text) => text.slice(0, 2).toWellFormed()),
                'a',
                'A',
                '%',
                '_',
              )
              .filter((text) => !text.includes('\ufffd'))
              .map((text): Spec => ({ op: 'startsWith', field, value: text })),
          ]
        : []),
    )
  })

const filter = (depth: number): fc.Arbitrary<Spec> =>
  depth === 0
    ? leaf()
    : fc.oneof(
        { weight: 2, arbitrary: leaf() },
        fc.record({
          op: fc.constantFrom('and' as const, 'or' as const),
          of: fc.array(filter(depth - 1), { minLength: 1, maxLength: 3 }),
        }),
        filter(depth - 1).map((of): Spec => ({ op: 'not', of: [of] })),
      )

/** The filter as a user writes it. */
const written = (spec: Spec): never => {
  const on = (field: string, condition: unknown): never => ({ [field]: condition }) as never
  switch (spec.op) {
    case 'and':
      return and<never>(...spec.of.map(written)) as never
    case 'or':
      return or<never>(...spec.of.map(written)) as never
    case 'not':
      return not<never>(...(spec.of.map(written) as [never])) as never
    case 'isNull':
      return on(spec.field, isNull())
    case 'exists':
      return on(spec.field, exists())
    case 'between':
      return on(spec.field, between(spec.low, spec.high))
    case 'in':
      return on(spec.field, oneOf(spec.values))
    case 'eq':
      return on(spec.field, spec.value)
    case 'startsWith':
      return on(spec.field, startsWith(spec.value as string))
    default:
      return on(spec.field, { gt, gte, lt, lte, has }[spec.op](spec.value))
  }
}

/** The filter as data, for core's own evaluator. */
const asData = (spec: Spec): Filter => {
  switch (spec.op) {
    case 'and':
    case 'or':
      return { op: spec.op, of: spec.of.map(asData) }
    case 'not':
      return { op: 'not', of: asData(spec.of[0] as Spec) }
    case 'between':
      return {
        op: 'and',
        of: [
          { op: 'gte', field: spec.field, value: spec.low },
          { op: 'lte', field: spec.field, value: spec.high },
        ],
      }
    case 'in':
      return spec.values.length === 0 ? { op: 'const', value: false } : spec
    default:
      return spec
  }
}

const disjuncts = (spec: Spec, negated = false): number => {
  if (spec.op === 'not') return disjuncts(spec.of[0] as Spec, !negated)
  if (spec.op === 'in') return negated ? 1 : Math.max(1, spec.values.length)
  if (spec.op === 'between') return negated ? 2 : 1
  if (spec.op !== 'and' && spec.op !== 'or') return 1
  const counts = spec.of.map((one) => disjuncts(one, negated))
  return (spec.op === 'or') === negated
    ? counts.reduce((a, b) => a * b, 1)
    : counts.reduce((a, b) => a + b, 0)
}

const show = (spec: Spec): string =>
  JSON.stringify(spec, (_, value: unknown) =>
    typeof value === 'bigint'
      ? `${value}n`
      : Decimal.isDecimal(value)
        ? `Decimal ${value.toString()}`
        : value,
  )

type Row = Readonly<Record<string, unknown>> & { readonly id: string }

const fill = async (context: Context, seed: number): Promise<readonly Row[]> => {
  const { free } = openStore(context)
  const values = fc.record(
    Object.fromEntries(
      Object.entries(POOL).map(([field, pool]) => [
        field,
        fc.constantFrom<unknown>(...pool, null, undefined),
      ]),
    ),
  )
  const rows = fc.sample(values, { numRuns: RECORDS, seed }).map((one, at): Row => {
    const present = Object.entries(one).filter(([, value]) => value !== undefined)
    return {
      place: context.unique,
      id: `r${String(at).padStart(3, '0')}`,
      ...Object.fromEntries(present),
    }
  })
  for (const result of await free.everything.createMany(rows as never))
    if (!result.ok) throw result.error
  return rows
}

const run = async (
  context: Context,
  total: number,
  each: (
    spec: Spec,
    rows: readonly Row[],
    ids: (where: never) => Promise<readonly string[]>,
  ) => Promise<void>,
): Promise<void> => {
  const seed = 20_261_123
  const rows = await fill(context, seed)
  const { free } = openStore(context)
  const ids = async (where: never): Promise<readonly string[]> => {
    const found: string[] = []
    const query = {
      where: and<never>({ place: context.unique } as never, where) as never,
      limit: 1000,
      select: ['id'] as const,
    }
    for await (const { id } of free.everything.each(query)) found.push(id)
    return found
  }
  const specs = fc.sample(
    filter(3).filter((spec) => disjuncts(spec) <= 30),
    { numRuns: total, seed },
  )
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < specs.length) {
      const at = next++
      const spec = specs[at]
      if (spec === undefined) return
      try {
        await each(spec, rows, ids)
      } catch (error) {
        next = specs.length
        throw new Error(`Filter ${at} of seed ${seed}: ${show(spec)}`, { cause: error })
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

const scaled = ({ harness }: Context, full: number): number =>
  Math.max(20, Math.round(full * (harness.scale ?? 1)))

const idsWhere = (rows: readonly Row[], truth: Truth, spec: Spec): readonly string[] =>
  rows.filter((row) => fuzzCheck(spec, row) === truth).map(({ id }) => id)

add('random filters find exactly the records for which they are true', async (context) => {
  let matched = 0
  await run(context, scaled(context, FILTERS), async (spec, rows, ids) => {
    const data = asData(spec)
    for (const row of rows)
      same(evaluate(data, row), fuzzCheck(spec, row), `core's evaluator on ${row.id}`)
    const found = await ids(written(spec))
    same(found, idsWhere(rows, true, spec))
    if (found.length > 0 && found.length < rows.length) matched += 1
  })
  holds(matched > scaled(context, FILTERS) / 3, 'enough filters tell records apart')
})

add('true, false and unknown part the records, and pages and counts agree', async (context) => {
  await run(context, scaled(context, FILTERS / 10), async (spec, rows, ids) => {
    if (disjuncts(spec, true) > 30) return
    const yes = await ids(written(spec))
    const no = await ids(not<never>(written(spec)) as never)
    const unknown = idsWhere(rows, undefined, spec)
    same(
      [...yes, ...no, ...unknown].toSorted(),
      rows.map(({ id }) => id),
      'disjoint and complete',
    )
    const { free } = openStore(context)
    const where = and<never>({ place: context.unique } as never, written(spec)) as never
    same(await free.everything.count({ where }), yes.length)
    const page = await free.everything.find({ where, limit: 5, orderBy: 'desc' })
    same(
      page.items.map(({ id }) => id),
      yes.toReversed().slice(0, 5),
    )
  })
})
