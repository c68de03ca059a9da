import { createHash } from 'node:crypto'
import { decodeNumber, encodeTuple, type Kind, type Scalar } from '@holdfast/core/driver'

/**
 * Largest text of partition values in an index field: with 400 bytes of sort values and some tags it
 * stays below the 1500 bytes of a value that Firestore indexes.
 * https://firebase.google.com/docs/firestore/quotas
 */
const MAX_PARTITION = 1000

/**
 * Text of partition values in an index, one to one, and none the beginning of another. Beyond 1000
 * bytes a digest takes the place of what is too long.
 */
export const partitionText = (values: readonly Scalar[]): string => {
  const text = encodeTuple(values)
  if (text.length <= MAX_PARTITION) return text
  const digest = createHash('sha256').update(text).digest('hex')
  // No component begins with 9.
  return `9${digest}!`
}

/**
 * A document's id: text that orders as the key's values do, of digits, letters and `! - : _ ~`. It begins
 * with a digit, so that it is none of the ids that Firestore refuses: `.`, `..`, `__x__`.
 */
export const idOf = (key: readonly (Scalar | null)[]): string => encodeTuple(key)

const ESCAPED = /[-:_~]([0-9A-F]{2})/g

const decodeText = (text: string): string =>
  Buffer.from(
    text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

const YEAR_ONE = 62_135_596_800_000

const decodeComponent = (text: string, kind: Kind | undefined): Scalar | undefined => {
  const payload = text.slice(1)
  switch (text.charAt(0)) {
    case '2':
      return false
    case '3':
      return true
    case '4': {
      const number = decodeNumber(payload)
      if (kind === 'decimal') return number
      return kind === 'bigint' ? BigInt(number.toString()) : number.toNumber()
    }
    case '5':
      return new Date(Number(payload) - YEAR_ONE)
    case '6':
      return decodeText(payload)
    case '7':
      return new Uint8Array(Buffer.from(payload, 'hex'))
    default:
      return undefined
  }
}

/** The key behind an id; `undefined` for the id of a document that another program made. */
export const keyOfId = (
  id: string,
  kinds: readonly (Kind | undefined)[],
): readonly Scalar[] | undefined => {
  const parts = id.split('!')
  if (parts.pop() !== '' || parts.length !== kinds.length) return undefined
  try {
    const key = parts.map((part, at) => decodeComponent(part, kinds[at]))
    return key.every((one) => one !== undefined) && encodeTuple(key) === id ? key : undefined
  } catch {
    return undefined
  }
}
