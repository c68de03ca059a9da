import { invalid } from './error.ts'

const MARK = Symbol.for('holdfast.decimal')
const MAX_DIGITS = 34
const MIN_EXPONENT = -130
const MAX_EXPONENT = 125

interface Parts {
  readonly negative: boolean
  /** Significant digits without leading or trailing zeros; empty for zero. */
  readonly digits: string
  /** The value is 0.digits × 10^exponent. */
  readonly exponent: number
}

const parse = (text: string): Parts => {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text)
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (match === null || whole.length + fraction.length === 0)
    throw invalid('A Decimal must be written like -12.50 or 1e3.')
  const all = whole + fraction
  const leading = all.search(/[1-9]/)
  if (leading < 0) return { negative: false, digits: '', exponent: 0 }
  // Not /0+$/, which takes quadratic time on a long run of zeros before another digit.
  let end = all.length
  while (all.charAt(end - 1) === '0') end -= 1
  return {
    negative: match[1] === '-',
    digits: all.slice(leading, end),
    exponent: whole.length - leading + Number(match[4] ?? 0),
  }
}

const plain = ({ negative, digits, exponent }: Parts): string => {
  if (digits === '') return '0'
  const text =
    exponent <= 0
      ? `0.${'0'.repeat(-exponent)}${digits}`
      : exponent >= digits.length
        ? digits + '0'.repeat(exponent - digits.length)
        : `${digits.slice(0, exponent)}.${digits.slice(exponent)}`
  return negative ? `-${text}` : text
}

/**
 * An exact decimal number, for money: up to 34 significant digits, exponent -130 to 125, immutable
 * and canonical (1.10 equals 1.1). Compare with `compare` or `equals`; `<` and `>` throw.
 */
export class Decimal {
  readonly #parts: Parts
  // An own enumerable property, because deep equality of test libraries sees nothing else.
  private readonly text: string

  private constructor(parts: Parts) {
    const { digits, exponent } = parts
    if (digits.length > MAX_DIGITS)
      throw invalid(`A Decimal has at most ${MAX_DIGITS} significant digits; round it first.`)
    if (digits !== '' && (exponent - 1 < MIN_EXPONENT || exponent - 1 > MAX_EXPONENT))
      throw invalid(`A Decimal has an exponent from ${MIN_EXPONENT} to ${MAX_EXPONENT}.`)
    this.#parts = parts
    this.text = plain(parts)
    Object.defineProperty(this, MARK, { value: true })
    Object.freeze(this)
  }

  /** @throws `INVALID` for more than 34 digits, an exponent out of range, or no number at all. */
  static from(value: string | number | bigint | Decimal): Decimal {
    return value instanceof Decimal ? value : new Decimal(parse(String(value)))
  }

  /** Whether `value` is a Decimal, also of another installed copy of the package. */
  static isDecimal(value: unknown): value is Decimal {
    return typeof value === 'object' && value !== null && MARK in value
  }

  /** The value as 0.digits × 10^exponent. */
  get parts(): Parts {
    return this.#parts
  }

  /** Plain canonical notation, never with an exponent. */
  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }

  /** The nearest number. */
  toNumber(): number {
    return Number(this.text)
  }

  /** Negative, 0 or positive. */
  compare(other: Decimal): number {
    const [a, b] = align(this, other)
    return a < b ? -1 : a > b ? 1 : 0
  }

  equals(other: Decimal): boolean {
    return this.text === other.toString()
  }

  /** Exact sum. @throws `INVALID` when it does not fit. */
  plus(other: Decimal): Decimal {
    const [a, b, scale] = align(this, other)
    return scaled(a + b, scale)
  }

  /** Exact difference. @throws `INVALID` when it does not fit. */
  minus(other: Decimal): Decimal {
    const [a, b, scale] = align(this, other)
    return scaled(a - b, scale)
  }

  /** Exact product. @throws `INVALID` when it does not fit. */
  times(other: Decimal): Decimal {
    const [a, b, scale] = align(this, other)
    return scaled(a * b, scale * 2)
  }

  valueOf(): never {
    throw new TypeError('Compare Decimals with compare() or equals().')
  }
}

const align = (a: Decimal, b: Decimal): readonly [bigint, bigint, number] => {
  const places = ({ parts: { digits, exponent } }: Decimal): number => digits.length - exponent
  const scale = Math.max(places(a), places(b), 0)
  const integer = (one: Decimal): bigint => {
    const { negative, digits } = one.parts
    const size =
      BigInt(digits || '0') * 10n ** BigInt(scale - (digits === '' ? scale : places(one)))
    return negative ? -size : size
  }
  return [integer(a), integer(b), scale]
}

const scaled = (value: bigint, scale: number): Decimal => Decimal.from(`${value}e-${scale}`)
