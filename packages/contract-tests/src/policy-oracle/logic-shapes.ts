/** Shapes about logic: null and missing, negation, alternatives, several rules, roles, reveal. */
import {
  allow,
  and,
  between,
  deny,
  eq,
  exists,
  gt,
  isNull,
  lt,
  not,
  oneOf,
  or,
  type Said,
} from './said.ts'
import { flat, shape, type Shape } from './shape.ts'

const two = { roles: 'two' } as const
const any = { roles: '*' } as const
const isA = eq('text', 'a')
const isB = eq('owner', 'u')

const deep = (levels: number, of: Said): Said => (levels === 0 ? of : not(deep(levels - 1, of)))
const alternatives = Array.from({ length: 29 }, (_, at) => eq('whole', at * 5))

const NULLS: readonly Shape[] = [
  shape('null', isNull('text')),
  shape('not null', not(isNull('text'))),
  shape('there', exists('text')),
  shape('missing', not(exists('text'))),
  shape('there and not null', and(exists('owner'), not(isNull('owner')))),
  shape('null or missing', or(isNull('owner'), not(exists('owner')))),
  flat('none', 'null and missing', and(isNull('owner'), not(exists('owner')))),
  shape('null in a field of any value', isNull('any')),
  shape('not equal over null and missing', not(eq('owner', 'u'))),
  shape('not above over null and missing', not(gt('real', 0))),
  shape('not between over null and missing', not(between('whole', 1, 9))),
  shape('not one of over null and missing', not(oneOf('owner', ['u', 'v']))),
  shape('equal or not equal', or(eq('owner', 'u'), not(eq('owner', 'u')))),
  shape('equal, not equal or null', or(isB, not(isB), isNull('owner'))),
  flat('none', 'equal and not equal', and(isB, not(isB))),
  flat('none', 'not (equal or not equal)', not(or(isB, not(isB)))),
  shape('not (equal and not equal)', not(and(isB, not(isB)))),
  flat('none', 'two values at once', and(isB, eq('owner', 'v'))),
  shape('not two values at once', not(and(isB, eq('owner', 'v')))),
]

const NEGATIONS: readonly Shape[] = [
  shape('not (a and b)', not(and(isA, isB))),
  shape('not (a or b)', not(or(isA, isB))),
  shape('not a and not b', and(not(isA), not(isB))),
  shape('not a or not b', or(not(isA), not(isB))),
  shape('not not a', not(not(isB))),
  shape('not not not a', deep(3, isB)),
  shape('twelve times not', deep(12, isB)),
  shape('not (null and a)', not(and(isNull('text'), isB))),
  shape('not (a or null)', not(or(isB, isNull('text')))),
  shape('not (not a and not b)', not(and(not(isA), not(isB)))),
  shape('not (a and not (b or c))', not(and(isB, not(or(isA, eq('flag', true)))))),
  shape('and within or within and', and(or(and(isB, exists('text')), isA), exists('id'))),
  shape('or within and within or', or(and(or(isA, isB), gt('whole', 0)), isNull('flag'))),
  shape('one of no values or a', or(oneOf('text', []), isB)),
  shape('not (one of no values or a)', not(or(oneOf('text', []), isB))),
  flat('none', 'one of no values', oneOf('text', [])),
  flat('none', 'one of no values and a', and(oneOf('text', []), isB)),
  flat('by actor', 'not one of no values', not(oneOf('text', []))),
  shape('not (one of no values) and a', and(not(oneOf('text', [])), isB)),
  shape('one of twins', oneOf('owner', ['u', 'u', 'u'])),
  shape('thirty alternatives', or(...alternatives, isB)),
  shape('not thirty alternatives', not(or(...alternatives, isB))),
  shape('thirty conditions', and(...alternatives.map((one) => not(one)), exists('whole'))),
  shape('one of thirty', oneOf('whole', [...Array.from({ length: 30 }).keys()])),
]

const SEVERAL: readonly Shape[] = [
  flat('none', 'no rule'),
  flat('by actor', 'one allow without a condition', allow()),
  flat('by actor', 'one allow with an empty condition', allow({ op: 'const', value: true })),
  flat('all', 'one allow for all roles', allow(undefined, any)),
  shape('two allows without a shared condition', isA, isB),
  shape('two allows with a shared condition', and(isB, gt('whole', 0)), and(isB, lt('real', 1))),
  shape('two allows, one within the other', isB, and(isB, gt('whole', 0))),
  shape('an allow beside one that can never hold', isB, and(isB, eq('owner', 'v'))),
  flat('by actor', 'an allow beside one that always holds', isB, allow()),
  shape('the same allow twice', isB, isB),
  shape('six allows by owner', ...['u', 'v', 'w', 'x', 'one', ''].map((one) => eq('owner', one))),
  shape(
    'six allows, two by something else',
    ...['u', 'v', 'w', 'x'].map((one) => eq('owner', one)),
    isNull('owner'),
    gt('whole', 5),
  ),
  shape(
    'five allows, four by owner and flag',
    ...['u', 'v', 'w', 'x'].map((one) => and(eq('owner', one), eq('flag', true))),
    gt('whole', 4),
  ),
  shape(
    'five denies, four by owner and flag',
    allow(),
    ...['u', 'v', 'w', 'x'].map((one) => deny(and(eq('owner', one), eq('flag', true)))),
    deny(gt('whole', 4)),
  ),
  shape(
    'six denies by owner',
    allow(),
    ...['v', 'w', 'x', 'one', '', 'U'].map((one) => deny(eq('owner', one))),
  ),
  shape(
    'five denies by lists of owners',
    allow(),
    ...['v', 'w', 'x', 'one', ''].map((one) => deny(oneOf('owner', [one, 'U']))),
  ),
  shape(
    'five allows by values of two types',
    ...['5', 'a', 'A'].map((one) => eq('any', one)),
    eq('any', 5),
    eq('any', true),
  ),
  shape('allow and deny', allow(isB), deny(gt('whole', 4))),
  shape('allow all but what is true', allow(), deny(isA)),
  shape('allow all but what is not true', allow(), deny(not(isB))),
  shape('a deny that is unknown on null', allow(), deny(eq('flag', true))),
  shape('a deny of not, unknown on null', allow(), deny(not(eq('flag', true)))),
  shape('a deny on missing', allow(), deny(not(exists('owner')))),
  shape('a deny on null', allow(), deny(isNull('owner'))),
  shape('a deny on null or a value', allow(), deny(or(isNull('owner'), isB))),
  shape('a deny on null and a value', allow(), deny(and(isNull('text'), isB))),
  shape('a deny of two values', allow(), deny(and(isA, isB))),
  flat('none', 'a deny without an allow', deny(isB)),
  flat('none', 'a deny without a condition', allow(), deny()),
  flat('none', 'a deny of what is allowed', allow(isB), deny(isB)),
  shape('a deny that can never fire', allow(isB), deny(and(isNull('id'), exists('id')))),
  flat('by actor', 'a deny of one of no values', allow(), deny(oneOf('owner', []))),
  flat('none', 'a deny of not one of no values', allow(), deny(not(oneOf('owner', [])))),
  shape('two denies', allow(), deny(isA), deny(gt('whole', 4))),
  shape('deny before allow', deny(isA), allow(isB)),
  shape('a number against text in a deny', allow(isB), deny(eq('text', 5))),
  flat('none', 'not a number against text in a deny', allow(), deny(not(eq('text', 5)))),
]

const ROLES: readonly Shape[] = [
  shape('a role for itself and all', allow(isB, any)),
  shape('two roles widen', allow(isB), allow(isA, two)),
  shape('two roles in one rule', allow(isB, { roles: ['one', 'two'] })),
  shape('one role named twice', allow(isB, { roles: ['one', 'one'] })),
  shape('only the other role', allow(isB, two)),
  flat('none', 'a role that nobody holds', allow(undefined, { roles: 'three' })),
  flat(
    'none',
    'a role named like a prototype',
    allow(undefined, { roles: ['__proto__', 'constructor'] }),
  ),
  flat('by actor', 'a role named like a method', allow(undefined, { roles: 'toString' })),
  flat('by actor', 'a deny of the other role', allow(), deny(undefined, two)),
  shape('a deny of the other role on some', allow(), deny(isB, two)),
  shape('a deny of all roles', allow(), deny(isB, any)),
  shape('an allow of all roles and a deny of one', allow(undefined, any), deny(isB)),
]

const secret = { reveal: ['secret'] } as const

const REVEALS: readonly Shape[] = [
  flat('by actor', 'reveals on some records', allow(), allow(isB, secret)),
  shape('reveals on records that nothing else shows', allow(isA), allow(isB, secret)),
  shape(
    'reveals both fields on different records',
    allow(isB, secret),
    allow(gt('whole', 0), { reveal: ['cost'] }),
  ),
  flat('by actor', 'reveals by the hidden field', allow(), allow(eq('secret', 'alpha'), secret)),
  shape('reveals by another hidden field', allow(gt('cost', 5), secret)),
  shape('shows by a hidden field', eq('secret', 'alpha')),
  shape('shows by not a hidden field', not(eq('secret', 'alpha'))),
  shape('denies by a hidden field', allow(), deny(eq('secret', 'alpha'))),
  shape('denies by a hidden field being there', allow(), deny(exists('cost'))),
  flat(
    'by actor',
    'two roles, one shows and one reveals',
    allow(isB, { ...secret, ...two }),
    allow(),
  ),
  shape(
    'reveals what a deny takes away',
    allow(undefined, { reveal: ['secret', 'cost'] }),
    deny(isB),
  ),
  flat('by actor', 'reveals everywhere', allow(undefined, { reveal: ['secret', 'cost'] })),
]

/** Shapes about logic. */
export const LOGIC_SHAPES: readonly Shape[] = [
  ...NULLS,
  ...NEGATIONS,
  ...SEVERAL,
  ...ROLES,
  ...REVEALS,
]
