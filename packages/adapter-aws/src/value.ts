import { Decimal } from '@holdfast/core/driver'

/** A value as DynamoDB's protocol has it. Exactly one member is given. */
export interface Attribute {
  readonly S?: string
  readonly N?: string
  readonly B?: Uint8Array
  readonly BOOL?: boolean
  readonly NULL?: boolean
  readonly L?: readonly Attribute[]
  readonly M?: Readonly<Record<string, Attribute>>
  readonly SS?: readonly string[]
  readonly NS?: readonly string[]
  readonly BS?: readonly Uint8Array[]
}

/** A whole item. */
export type Item = Record<string, Attribute>

export const NULL: Attribute = { NULL: true }

const encodeObject = (value: object): Attribute => {
  if (Array.isArray(value)) return { L: (value as unknown[]).map(encodeNested) }
  if (value instanceof Uint8Array) return { B: value }
  if (value instanceof Date) return { M: { $t: { S: value.toISOString() } } }
  if (Decimal.isDecimal(value)) return { M: { $n: { N: value.toString() } } }
  const object: Item = {}
  for (const name of Object.keys(value))
    object[name] = encodeNested((value as Record<string, unknown>)[name])
  return { M: object }
}

/**
 * A nested value. What an attribute cannot tell apart is a map with one tag: `$i` bigint, `$n`
 * Decimal, `$t` date. Names of the user never begin with `$`, so nothing needs escaping.
 */
export const encodeNested = (value: unknown): Attribute => {
  switch (typeof value) {
    case 'string':
      return { S: value }
    case 'number':
      return { N: String(value) }
    case 'boolean':
      return { BOOL: value }
    case 'bigint':
      return { M: { $i: { N: String(value) } } }
    default:
      return value === null || typeof value !== 'object' ? NULL : encodeObject(value)
  }
}

/** A number that another program may have written: exact, as a Decimal where a number is not. */
const decodeNumber = (text: string): unknown => {
  const number = Number(text)
  if (text.length <= 15) return number
  // A number is written with 17 digits at most; one that is not written so by us is not one.
  if (Decimal.from(number).toString() === text) return number
  try {
    const exact = Decimal.from(text)
    return exact.equals(Decimal.from(number)) ? number : exact
  } catch {
    // More than 34 digits: no value of ours.
    return number
  }
}

const decodeMap = (map: Readonly<Record<string, Attribute>>): unknown => {
  const { $i, $n, $t } = map
  if ($i?.N !== undefined) return BigInt($i.N)
  if ($n?.N !== undefined) return Decimal.from($n.N)
  if ($t?.S !== undefined) return new Date($t.S)
  const object: Record<string, unknown> = {}
  for (const name of Object.keys(map)) {
    const value = decodeNested(map[name] as Attribute)
    // Assigning this one would change the object's prototype.
    if (name === '__proto__')
      Object.defineProperty(object, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    else object[name] = value
  }
  return object
}

/** The value behind `encodeNested`; a set that another program wrote is an array. */
export const decodeNested = (attribute: Attribute): unknown => {
  if (attribute.S !== undefined) return attribute.S
  if (attribute.N !== undefined) return decodeNumber(attribute.N)
  if (attribute.BOOL !== undefined) return attribute.BOOL
  if (attribute.M !== undefined) return decodeMap(attribute.M)
  if (attribute.L !== undefined) return attribute.L.map(decodeNested)
  if (attribute.B !== undefined) return new Uint8Array(attribute.B)
  if (attribute.SS !== undefined) return [...attribute.SS]
  if (attribute.NS !== undefined) return attribute.NS.map(decodeNumber)
  if (attribute.BS !== undefined) return attribute.BS.map((bytes) => new Uint8Array(bytes))
  return null
}
