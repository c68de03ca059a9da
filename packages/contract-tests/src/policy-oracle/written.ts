/** The kit's rules as a user writes them: with the public operators and `definePolicy`. */
import {
  and,
  between,
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
import { type Given, isAttribute, type Said, type SaidRule } from './said.ts'

/** `me` of `definePolicy`. */
export type Me = Readonly<Record<string, unknown>>

const COMPARISONS = { gt, gte, lt, lte, has }

/** A condition as a user writes it. */
export const written = (said: Said, me: Me = {}): never => {
  const given = (one: Given): never => (isAttribute(one) ? me[one.me] : one) as never
  const on = (field: string, condition: unknown): never => ({ [field]: condition }) as never
  const all = (of: readonly Said[]): never[] => of.map((one) => written(one, me))
  switch (said.op) {
    case 'const':
      if (said.value !== true) throw new Error('Only an empty filter can be written as a constant.')
      return {} as never
    case 'and':
      return and<never>(...all(said.of)) as never
    case 'or':
      return or<never>(...all(said.of)) as never
    case 'not':
      return not<never>(...(all(said.of) as [never])) as never
    case 'isNull':
      return on(said.field, isNull())
    case 'exists':
      return on(said.field, exists())
    case 'between':
      return on(said.field, between(given(said.low), given(said.high)))
    case 'in':
      return on(
        said.field,
        oneOf<never>(isAttribute(said.values) ? given(said.values) : said.values.map(given)),
      )
    case 'eq':
      return on(said.field, given(said.value))
    case 'startsWith':
      return on(said.field, startsWith(given(said.value)))
    default:
      return on(said.field, COMPARISONS[said.op](given(said.value)))
  }
}

type Operation = 'read' | 'create' | 'update' | 'delete'

/** `allow` and `deny` of `definePolicy`, without the types of an entity. */
export interface Tools {
  readonly me: Me
  readonly allow: (roles: never, when: never, options: never) => unknown
  readonly deny: (roles: never, when: never, options: never) => unknown
}

/** Rules for one operation, as drafts. What does not concern the operation is left out. */
export const drafts = (
  { me, allow, deny }: Tools,
  operation: Operation,
  rules: readonly SaidRule[],
): readonly never[] =>
  rules.map((rule) => {
    const { effect, roles, when, check, fields, reveal, on } = rule
    const isRead = operation === 'read'
    const isChange = operation === 'create' || operation === 'update'
    const options = {
      ...(isChange && check !== undefined ? { check: written(check, me) } : {}),
      ...(isChange && effect === 'allow' && fields !== undefined ? { fields } : {}),
      ...(isRead && reveal !== undefined ? { reveal } : {}),
      ...(operation === 'update' && effect === 'deny' ? { on: on ?? 'both' } : {}),
    }
    const make = effect === 'allow' ? allow : deny
    return make(
      roles as never,
      (when === undefined ? undefined : written(when, me)) as never,
      options as never,
    ) as never
  })
