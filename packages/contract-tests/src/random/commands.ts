import { gt, has, isNull, not, oneOf, or, startsWith } from '@holdfast/core'
import fc from 'fast-check'

/** Entities that sequences work on, by repository. */
export type Target = 'counters' | 'sessions' | 'accounts'

/** How a condition on the version is made: from the newest seen, an older one, or an invented one. */
export type VersionChoice = 'newest' | 'oldest' | 'invented' | undefined

/** A change of fields, as data. */
export interface PatchSpec {
  readonly set?: Readonly<Record<string, unknown>>
  readonly increment?: Readonly<Record<string, number | bigint>>
  readonly append?: Readonly<Record<string, readonly string[]>>
  readonly remove?: readonly string[]
}

/** A write or read of one record. */
export type Single =
  | {
      readonly do: 'create' | 'put'
      readonly on: Target
      readonly id: string
      readonly fields: object
    }
  | {
      readonly do: 'update'
      readonly on: Target
      readonly id: string
      readonly patch: PatchSpec
      readonly version: VersionChoice
      readonly condition: number | undefined
    }
  | {
      readonly do: 'delete'
      readonly on: Target
      readonly id: string
      readonly version: VersionChoice
      readonly condition: number | undefined
    }
  | { readonly do: 'get'; readonly on: Target; readonly id: string }

/** One step of a sequence. */
export type Command =
  | Single
  | { readonly do: 'getMany'; readonly on: Target; readonly ids: readonly string[] }
  | {
      readonly do: 'find'
      readonly on: Target
      readonly query: number
      readonly limit: number
      readonly orderBy: 'asc' | 'desc'
    }
  | {
      readonly do: 'createMany' | 'putMany'
      readonly on: Target
      readonly items: readonly { readonly id: string; readonly fields: object }[]
    }
  | { readonly do: 'deleteMany'; readonly on: Target; readonly ids: readonly string[] }
  | {
      readonly do: 'updateWhere'
      readonly on: Target
      readonly query: number
      readonly patch: PatchSpec
    }
  | { readonly do: 'deleteWhere'; readonly on: Target; readonly query: number }
  | { readonly do: 'transaction'; readonly steps: readonly Single[]; readonly fails: boolean }
  | { readonly do: 'advance'; readonly seconds: number }
  /** One page, whose cursor is kept; and the next page behind it, whatever was done in between. */
  | {
      readonly do: 'page'
      readonly on: Target
      readonly query: number
      readonly limit: number
      readonly orderBy: 'asc' | 'desc'
    }
  | { readonly do: 'resume' }
  /** Another process goes on. */
  | { readonly do: 'reopen' }

const id = fc.constantFrom('a', 'b', 'c', 'd')
const count = fc.constantFrom(0, 1, 2, 5, Number.MAX_SAFE_INTEGER, null, undefined)
const counter = fc.record({
  count,
  big: fc.constantFrom(0n, 7n, 2n ** 63n - 1n, null, undefined),
  label: fc.constantFrom('x', 'y', 'X', '', null, undefined),
  tags: fc.constantFrom(['x'], [], ['y', 'x'], null, undefined),
})
const session = fc.record({
  holder: fc.constantFrom('h', 'i'),
  seen: fc.constantFrom(0, 3, undefined),
  // Seconds from the moment of the write; the runner makes dates of them.
  endsIn: fc.constantFrom(-5, 1, 5, 30, 1000, null, undefined),
})
const account = fc.record({
  address: fc.constantFrom('one', 'two', 'One', null, undefined),
  name: fc.constantFrom('n', 'm', undefined),
})
const on = fc.constantFrom<Target>(
  'counters',
  'counters',
  'counters',
  'sessions',
  'sessions',
  'accounts',
)

const fieldsOf = (target: Target): fc.Arbitrary<object> =>
  target === 'counters' ? counter : target === 'sessions' ? session : account

const present = (fields: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const patchOf = (target: Target): fc.Arbitrary<PatchSpec> => {
  const set = fieldsOf(target).map((fields): PatchSpec => ({ set: present(fields) }))
  if (target === 'accounts') return fc.oneof(set, fc.constant<PatchSpec>({ remove: ['address'] }))
  if (target === 'sessions')
    return fc.oneof(
      set,
      fc.constant<PatchSpec>({ increment: { seen: 1 } }),
      fc.constant<PatchSpec>({ remove: ['endsAt'] }),
    )
  const by = fc.constantFrom(1, -1, 3, Number.MAX_SAFE_INTEGER)
  return fc.oneof(
    set,
    by.map((one): PatchSpec => ({ increment: { count: one } })),
    fc
      .constantFrom(1n, -3n, 2n ** 62n)
      .map((one): PatchSpec => ({ increment: { big: one }, set: { label: 'added' } })),
    fc.constant<PatchSpec>({ append: { tags: ['z'] } }),
    fc.constant<PatchSpec>({ remove: ['label', 'count'] }),
    fc.constant<PatchSpec>({ remove: ['needed'] }),
    fc.constant<PatchSpec>({ set: {} }),
  )
}

const version = (target: Target): fc.Arbitrary<VersionChoice> =>
  target === 'counters'
    ? fc.constantFrom(undefined, undefined, 'newest', 'oldest', 'invented')
    : fc.constant(undefined)
const condition = fc.option(fc.nat(5), { nil: undefined, freq: 2 })

const single = (target: Target): fc.Arbitrary<Single> =>
  fc.oneof(
    fc.record({
      do: fc.constantFrom('create' as const, 'put' as const),
      on: fc.constant(target),
      id,
      fields: fieldsOf(target),
    }),
    fc.record({
      do: fc.constant('update' as const),
      on: fc.constant(target),
      id,
      patch: patchOf(target),
      version: version(target),
      condition,
    }),
    fc.record({
      do: fc.constant('delete' as const),
      on: fc.constant(target),
      id,
      version: version(target),
      condition,
    }),
    fc.record({ do: fc.constant('get' as const), on: fc.constant(target), id }),
  )

/** A random step. */
export const command: fc.Arbitrary<Command> = on.chain((target): fc.Arbitrary<Command> => {
  const here = fc.constant(target)
  // Which of two items gets a unique value is not promised, so accounts come one at a time.
  const maxLength = target === 'accounts' ? 1 : 4
  const items = fc.array(fc.record({ id, fields: fieldsOf(target) }), { minLength: 1, maxLength })
  const query = fc.nat(5)
  return fc.oneof(
    { weight: 10, arbitrary: single(target) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('find' as const),
        on: here,
        query,
        limit: fc.integer({ min: 1, max: 4 }),
        orderBy: fc.constantFrom('asc' as const, 'desc' as const),
      }),
    },
    fc.record({
      do: fc.constant('page' as const),
      on: here,
      query,
      limit: fc.integer({ min: 1, max: 2 }),
      orderBy: fc.constantFrom('asc' as const, 'desc' as const),
    }),
    fc.record({ do: fc.constant('resume' as const) }),
    fc.record({ do: fc.constant('reopen' as const) }),
    fc.record({
      do: fc.constant('getMany' as const),
      on: here,
      ids: fc.array(id, { maxLength: 5 }),
    }),
    fc.record({ do: fc.constantFrom('createMany' as const, 'putMany' as const), on: here, items }),
    fc.record({
      do: fc.constant('deleteMany' as const),
      on: here,
      ids: fc.array(id, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ do: fc.constant('updateWhere' as const), on: here, query, patch: patchOf(target) }),
    fc.record({ do: fc.constant('deleteWhere' as const), on: here, query }),
    // The contract does not say whether unique values may be swapped in one commit, so no accounts here.
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('transaction' as const),
        steps: fc.array(single(target === 'accounts' ? 'counters' : target), {
          minLength: 1,
          maxLength: 4,
        }),
        fails: fc.constantFrom(false, false, false, true),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('advance' as const),
        seconds: fc.constantFrom(1, 4, 20, 100),
      }),
    },
  )
})

/** Conditions, by number, of `if` and of filters. */
export const CONDITIONS: Readonly<Record<Target, readonly object[]>> = {
  counters: [
    { count: 1 },
    { count: gt(0) },
    { label: 'x' },
    not({ label: 'x' }),
    { tags: has('x') },
    or<never>({ big: 7n } as never, { count: isNull() } as never),
  ],
  sessions: [
    { holder: 'h' },
    { seen: 3 },
    not({ seen: 3 }),
    { holder: startsWith('i') },
    { endsAt: isNull() },
    { seen: gt(0) },
  ],
  accounts: [
    { address: 'one' },
    { name: 'n' },
    { address: isNull() },
    not({ name: 'n' }),
    { address: oneOf(['two', 'One']) },
    { name: gt('m') },
  ],
}

/** An index to ask for by name. */
export const INDEXES: Readonly<Record<Target, string>> = {
  counters: 'byCount',
  sessions: 'byHolder',
  accounts: 'byAddress',
}
