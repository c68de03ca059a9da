/**
 * What rules say of an actor and a record, written from the contract and sharing no code with core's:
 * a mistake would have to be made twice.
 */
import type { Scalar } from '@holdfast/core/driver'
import { fuzzCheck, type Truth } from '../random/oracle.ts'
import { type Given, isAttribute, type Said, type SaidRule } from './said.ts'

/** A record, or an actor. */
export type Fields = Readonly<Record<string, unknown>>

/** An actor as the evaluator sees it. */
export type Asker = Fields & { readonly roles: readonly string[] }

/** Of an entity: what matters for its rules. */
export interface Facts {
  readonly key: readonly string[]
  readonly sensitive: readonly string[]
}

/** Who asks, of what entity. */
export interface Question {
  readonly asker: Asker
  readonly facts: Facts
}

/** One write, as rules see it. */
export interface Attempt {
  readonly operation: 'create' | 'update' | 'delete'
  readonly old?: Fields | undefined
  readonly next?: Fields | undefined
  /** Fields that the write names. */
  readonly carried: readonly string[]
}

const attributeOf = (asker: Fields, name: string): unknown =>
  Object.hasOwn(asker, name) ? asker[name] : undefined

const flip = (truth: Truth): Truth => (truth === undefined ? undefined : !truth)

/** Kleene's conjunction: one false decides, then one unknown. */
const both = (truths: readonly Truth[]): Truth => {
  if (truths.some((one) => one === false)) return false
  return truths.some((one) => one === undefined) ? undefined : true
}

/** An operand, or `undefined` where the actor has no such attribute or a null one. */
const resolve = (given: Given, asker: Fields): Scalar | undefined =>
  isAttribute(given) ? ((attributeOf(asker, given.me) ?? undefined) as Scalar | undefined) : given

const oneOfTruth = (said: Said & { readonly op: 'in' }, record: Fields, asker: Fields): Truth => {
  const { op, field, values } = said
  const list = isAttribute(values) ? attributeOf(asker, values.me) : values
  if (!Array.isArray(list)) return undefined
  if (list.length === 0) return false
  const resolved = (list as readonly Given[]).map((one) => resolve(one ?? { me: '' }, asker))
  const known = resolved.filter((one) => one !== undefined)
  const found = known.length === 0 ? undefined : fuzzCheck({ op, field, values: known }, record)
  return found === true || known.length === resolved.length ? found : undefined
}

/** What a condition says of a record when this actor asks: true, false, or unknown. */
export const truthOf = (said: Said, record: Fields, asker: Fields): Truth => {
  switch (said.op) {
    case 'const':
      return said.value
    case 'and':
      return both(said.of.map((one) => truthOf(one, record, asker)))
    case 'or':
      return flip(both(said.of.map((one) => flip(truthOf(one, record, asker)))))
    case 'not':
      return flip(both(said.of.map((one) => truthOf(one, record, asker))))
    case 'isNull':
    case 'exists':
      return fuzzCheck(said, record)
    case 'in':
      return oneOfTruth(said, record, asker)
    case 'between': {
      const { field, low, high } = said
      return both([
        truthOf({ op: 'gte', field, value: low }, record, asker),
        truthOf({ op: 'lte', field, value: high }, record, asker),
      ])
    }
    default: {
      const value = resolve(said.value, asker)
      return value === undefined
        ? undefined
        : fuzzCheck({ op: said.op, field: said.field, value }, record)
    }
  }
}

const truthOfWhen = ({ when }: SaidRule, record: Fields, asker: Asker): Truth =>
  when === undefined ? true : truthOf(when, record, asker)

const concerns = ({ roles }: SaidRule, asker: Asker): boolean =>
  [roles].flat().some((role) => role === '*' || asker.roles.includes(role))

const rulesOf = (
  rules: readonly SaidRule[],
  effect: SaidRule['effect'],
  asker: Asker,
): readonly SaidRule[] => rules.filter((rule) => rule.effect === effect && concerns(rule, asker))

const isDenied = (rules: readonly SaidRule[], record: Fields, asker: Asker): boolean =>
  rulesOf(rules, 'deny', asker).some((rule) => truthOfWhen(rule, record, asker) !== false)

/** Whether the read rules show this record to the actor. */
export const mayRead = (rules: readonly SaidRule[], record: Fields, asker: Asker): boolean =>
  !isDenied(rules, record, asker) &&
  rulesOf(rules, 'allow', asker).some((rule) => truthOfWhen(rule, record, asker) === true)

/** Whether the read rules show this sensitive field on this record. */
export const maySee = (
  rules: readonly SaidRule[],
  field: string,
  { record, asker }: { readonly record: Fields; readonly asker: Asker },
): boolean =>
  mayRead(
    rules.filter(({ effect, reveal }) => effect === 'deny' || reveal?.includes(field) === true),
    record,
    asker,
  )

/** Whether some rule of the actor reveals this field on some record. */
export const couldSee = (rules: readonly SaidRule[], field: string, asker: Asker): boolean =>
  rulesOf(rules, 'allow', asker).some(({ reveal }) => reveal?.includes(field) === true)

/** The record as the actor may see it. */
export const masked = (
  rules: readonly SaidRule[],
  record: Fields,
  { asker, facts }: Question,
): Fields =>
  Object.fromEntries(
    Object.entries(record).filter(
      ([field]) => !facts.sensitive.includes(field) || maySee(rules, field, { record, asker }),
    ),
  )

const mayName = ({ fields }: SaidRule, carried: readonly string[], facts: Facts): boolean =>
  carried.every((field) => {
    if (fields === 'all' || facts.key.includes(field)) return true
    return fields === undefined ? !facts.sensitive.includes(field) : fields.includes(field)
  })

/** Whether the rules of its operation let the actor do this write. Reading the record is another matter. */
export const mayWrite = (
  rules: readonly SaidRule[],
  { operation, old, next, carried }: Attempt,
  { asker, facts }: Question,
): boolean => {
  const isRefused = rulesOf(rules, 'deny', asker).some((rule) => {
    const on = operation === 'create' ? 'new' : operation === 'delete' ? 'old' : (rule.on ?? 'both')
    const looked = [on === 'new' ? undefined : old, on === 'old' ? undefined : next]
    return looked.some((state) => state !== undefined && truthOfWhen(rule, state, asker) !== false)
  })
  return (
    !isRefused &&
    rulesOf(rules, 'allow', asker).some((rule) => {
      if (truthOfWhen(rule, old ?? next ?? {}, asker) !== true) return false
      const after = rule.check === undefined ? rule : { ...rule, when: rule.check }
      if (next !== undefined && truthOfWhen(after, next, asker) !== true) return false
      return mayName(rule, carried, facts)
    })
  )
}

/** Whether some rule of the actor allows a write that names these fields, on whatever record. */
export const couldWrite = (
  rules: readonly SaidRule[],
  carried: readonly string[],
  { asker, facts }: Question,
): boolean => rulesOf(rules, 'allow', asker).some((rule) => mayName(rule, carried, facts))
