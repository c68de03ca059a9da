/** Rules that cannot be expressed, each with the message that refuses it. */
import { and, between, type ErrorCode, gt, has, not, oneOf, or, startsWith } from '@holdfast/core'

/** What the callback of `definePolicy` is given, without types. */
export interface Tools {
  readonly me: Readonly<Record<string, unknown>>
  readonly allow: (roles: unknown, when?: unknown, options?: object) => object
  readonly deny: (roles: unknown, when?: unknown, options?: object) => object
}

/** What is said, the rules that say it, how they are refused. */
export type Refusal = readonly [
  name: string,
  rules: (tools: Tools) => object,
  message: RegExp,
  code?: ErrorCode,
]

const reads =
  (when: (me: Tools['me']) => unknown) =>
  ({ allow: grant, me }: Tools): object => ({ read: [grant('one', when(me))] })

const many = (from: number, size: number): readonly number[] =>
  Array.from({ length: size }, (_, at) => from + at)

const anyOf = (...of: readonly object[]): object => or<never>(...(of as readonly never[]))
const allOf = (...of: readonly object[]): object => and<never>(...(of as readonly never[]))

const CONDITIONS: readonly Refusal[] = [
  ['no alternative', reads(() => or()), /^or\(\) needs at least one filter\.$/],
  ['no condition', reads(() => and()), /^and\(\) needs at least one filter\.$/],
  ['no alternative within not', reads(() => not(or())), /^or\(\) needs at least one filter\.$/],
  [
    'thirty-one alternatives',
    reads(() => anyOf(...many(0, 31).map((whole) => ({ whole })))),
    /^The filter on oddity has more than 30 alternatives; split the query\.$/,
    'LIMIT_EXCEEDED',
  ],
  [
    'one of thirty-one',
    reads(() => ({ whole: oneOf(many(0, 31)) })),
    /^The filter on oddity has more than 30 alternatives; split the query\.$/,
    'LIMIT_EXCEEDED',
  ],
  [
    'alternatives that multiply to thirty-six',
    reads(() => ({ whole: oneOf(many(0, 6)), select: oneOf(many(0, 6)) })),
    /^The filter on oddity has more than 30 alternatives; split the query\.$/,
    'LIMIT_EXCEEDED',
  ],
  [
    'a negation of thirty-one conditions',
    reads(() => not(allOf(...many(0, 31).map((whole) => ({ whole }))) as never)),
    /^The filter on oddity has more than 30 alternatives; split the query\.$/,
    'LIMIT_EXCEEDED',
  ],
  [
    'undefined',
    reads(() => ({ text: undefined })),
    /^The filter on oddity\.text is undefined; leave the field out, or use not\(exists\(\)\)\.$/,
  ],
  ['null', reads(() => ({ text: null })), /^The filter on oddity\.text is null; use isNull\(\)\.$/],
  [
    'undefined in a list',
    reads(() => ({ text: oneOf(['a', undefined as never]) })),
    /^The filter on oddity\.text is undefined; leave the field out, or use not\(exists\(\)\)\.$/,
  ],
  [
    'null in a list',
    reads(() => ({ text: oneOf(['a', null as never]) })),
    /^The filter on oddity\.text is null; use isNull\(\)\.$/,
  ],
  [
    'has of null',
    reads(() => ({ list: has(null as never) })),
    /^The filter on oddity\.list is null; use isNull\(\)\.$/,
  ],
  [
    'an undefined bound',
    reads(() => ({ whole: between(1, undefined as never) })),
    /^The filter on oddity\.whole is undefined; leave the field out, or use not\(exists\(\)\)\.$/,
  ],
  [
    'a nested object',
    reads(() => ({ any: { a: 5 } })),
    /^The filter on oddity\.any must be a value or an operator such as gt\(\)\.$/,
  ],
  [
    'an operator as JSON',
    reads(() => ({ whole: { $gt: 0 } })),
    /^The filter on oddity\.whole must be a value or an operator such as gt\(\)\.$/,
  ],
  [
    'a list as a value',
    reads(() => ({ text: ['a'] })),
    /^The filter on oddity\.text must be a value or an operator such as gt\(\)\.$/,
  ],
  ['a dotted path', reads(() => ({ 'any.a': 5 })), /^oddity has no field any\.a to filter by\.$/],
  [
    'an unknown field',
    reads(() => ({ colour: 'red' })),
    /^oddity has no field colour to filter by\.$/,
  ],
  [
    'an unknown field within not',
    reads(() => not({ colour: 'red' } as never)),
    /^oddity has no field colour to filter by\.$/,
  ],
  [
    'a field named like a prototype',
    reads(() => JSON.parse('{"__proto__":{"text":"a"}}') as object),
    /^oddity has no field __proto__ to filter by\.$/,
  ],
  [
    'a field named like a method',
    reads(() => ({ toString: 'a' })),
    /^oddity has no field toString to filter by\.$/,
  ],
  [
    'conditions that are inherited',
    reads(() => Object.create({ text: 'a' }) as object),
    /^A filter on oddity must be a plain object\.$/,
  ],
  [
    'text as a filter',
    reads(() => 'text = a'),
    /^A filter on oddity must be an object of fields, and\(\), or\(\) or not\(\)\.$/,
  ],
  [
    'a list as a filter',
    reads(() => [{ text: 'a' }]),
    /^A filter on oddity must be an object of fields, and\(\), or\(\) or not\(\)\.$/,
  ],
  [
    'null as a filter',
    reads(() => null),
    /^A filter on oddity must be an object of fields, and\(\), or\(\) or not\(\)\.$/,
  ],
  [
    'order on a list',
    reads(() => ({ list: gt('a') })),
    /^gt on oddity\.list cannot compare a field of kind array; use has, isNull or exists\.$/,
  ],
  [
    'equality with a list',
    reads(() => ({ list: 'a' })),
    /^eq on oddity\.list cannot compare a field of kind array; use has, isNull or exists\.$/,
  ],
  [
    'one of, on a list',
    reads((me) => ({ list: oneOf(me['list'] as never) })),
    /^in on oddity\.list cannot compare a field of kind array; use has, isNull or exists\.$/,
  ],
  [
    'has on text',
    reads(() => ({ text: has('a') })),
    /^has on oddity\.text needs an array field\.$/,
  ],
  [
    'startsWith an attribute',
    reads((me) => ({ text: startsWith(me['name'] as never) })),
    /^startsWith on oddity\.text needs a string\.$/,
  ],
  [
    'a number that is none',
    reads(() => ({ real: gt(Number.NaN) })),
    /^oddity\.real must be a finite number; leave it out or store it as a string\.$/,
  ],
  [
    'half a surrogate pair',
    reads(() => ({ text: startsWith('\ud83d') })),
    /^oddity\.text must not hold a lone surrogate; it would be stored as U\+FFFD\.$/,
  ],
]

const RULES: readonly Refusal[] = [
  [
    'reveal of what is not sensitive',
    ({ allow: grant }) => ({ read: [grant('one', { flag: true }, { reveal: ['text'] })] }),
    /^Policy rule oddity\.read\.0 reveals text, which is not sensitive\.$/,
  ],
  [
    'reveal of an unknown field',
    ({ allow: grant }) => ({ read: [grant('one', undefined, { reveal: ['colour'] })] }),
    /^Policy rule oddity\.read\.0 names colour, which is not a field of oddity\.$/,
  ],
  [
    'reveal by a write',
    ({ allow: grant }) => ({ update: [grant('one', undefined, { reveal: ['secret'] })] }),
    /^Policy rule oddity\.update\.0 has an option reveal, which means nothing for update\.$/,
  ],
  [
    'an unknown field that may be written',
    ({ allow: grant }) => ({ update: [grant('one', undefined, { fields: ['colour'] })] }),
    /^Policy rule oddity\.update\.0 names colour, which is not a field of oddity\.$/,
  ],
  [
    'a deny on update that looks at no state',
    ({ deny: refuse }) => ({ update: [refuse('*', { text: 'a' }, { id: 'final' })] }),
    /^Policy rule final must say on which state of the record it looks: \{ on: 'old' \| 'new' \| 'both' \}\.$/,
  ],
  [
    'a deny that looks at some other state',
    ({ deny: refuse }) => ({ update: [refuse('*', { text: 'a' }, { on: 'all' })] }),
    /^Policy rule oddity\.update\.0 must look at 'old', 'new' or 'both'\.$/,
  ],
  [
    'a deny that checks',
    ({ deny: refuse }) => ({ create: [refuse('*', { text: 'a' }, { check: { text: 'b' } })] }),
    /^Policy rule oddity\.create\.0 has an option check, which deny does not know\.$/,
  ],
  [
    'an allow that looks at a state',
    ({ allow: grant }) => ({ update: [grant('*', { text: 'a' }, { on: 'new' })] }),
    /^Policy rule oddity\.update\.0 has an option on, which allow does not know\.$/,
  ],
  [
    'no role',
    ({ allow: grant }) => ({ read: [grant([], { text: 'a' })] }),
    /^Policy rule oddity\.read\.0 must name a role, a list of roles or '\*'\.$/,
  ],
  [
    'a role that is no text',
    ({ allow: grant }) => ({ read: [grant(['one', undefined], { text: 'a' })] }),
    /^Policy rule oddity\.read\.0 must name a role, a list of roles or '\*'\.$/,
  ],
  [
    'an unknown operation',
    ({ allow: grant }) => ({ list: [grant('one')] }),
    /^The policy of oddity names list; operations are read, create, update, delete\.$/,
  ],
  [
    'an undefined check',
    ({ allow: grant }) => ({
      create: [grant('one', { flag: true }, { check: { text: undefined } })],
    }),
    /^The filter on oddity\.text is undefined; leave the field out, or use not\(exists\(\)\)\.$/,
  ],
]

/** Rules that must be refused when they are declared. */
export const REFUSED_RULES: readonly Refusal[] = [...CONDITIONS, ...RULES]
