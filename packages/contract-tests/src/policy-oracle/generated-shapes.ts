/** Every comparison on every kind, with literals and with the actor's attributes. */
import { Decimal } from '@holdfast/core'
import {
  allow,
  between,
  deny,
  eq,
  type Given,
  gt,
  gte,
  isNull,
  lt,
  lte,
  me,
  not,
  oneOf,
  or,
} from './said.ts'
import { shape, type Shape } from './shape.ts'

/** Of each kind: a field, a value somewhere in the middle, a higher one, and the attribute of that kind. */
const KINDS: readonly (readonly [field: string, low: Given, high: Given, attribute: string])[] = [
  ['text', 'a', 'é', 'name'],
  ['whole', 1, 5, 'number'],
  ['real', 0.1, 5, 'half'],
  ['big', 5n, 2n ** 53n, 'big'],
  ['money', Decimal.from('0.1'), Decimal.from('9'), 'money'],
  ['flag', false, true, 'flag'],
  ['at', new Date(0), new Date(5), 'day'],
  ['raw', Uint8Array.of(0), Uint8Array.of(0, 1), 'raw'],
  ['any', 0.5, 5, 'number'],
]

const onKind = ([field, low, high, attribute]: (typeof KINDS)[number]): readonly Shape[] => {
  const own = me(attribute)
  return [
    shape(`${field}: equal`, eq(field, high)),
    shape(`${field}: greater`, gt(field, low)),
    shape(`${field}: less, or null`, or(lt(field, high), isNull(field))),
    shape(`${field}: between`, between(field, low, high)),
    shape(`${field}: one of two`, oneOf(field, [low, high])),
    shape(`${field}: not equal`, not(eq(field, low))),
    shape(`${field}: denied where equal`, allow(), deny(eq(field, high))),
    shape(`${field}: equal to an attribute`, eq(field, own)),
    shape(`${field}: at least an attribute`, gte(field, own)),
    shape(`${field}: not above an attribute`, not(gt(field, own))),
    shape(`${field}: denied below an attribute`, allow(), deny(lt(field, own))),
    shape(`${field}: at most an attribute and not a value`, lte(field, own), deny(eq(field, high))),
  ]
}

/** Every comparison on every kind. */
export const GENERATED_SHAPES: readonly Shape[] = KINDS.flatMap(onKind)
