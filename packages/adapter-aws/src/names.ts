import { LANES, laneOf } from '@holdfast/core/driver'

/** Names of the attributes that Holdfast adds. Those of fields never begin with `_`. */
export const PARTITION = '_p'
export const SORT = '_s'
export const ENTITY = '_e'
export const VERSION = '_v'
export const EXPIRY = '_t'
/** On the item that holds a unique value: the key of the record it belongs to. */
export const OWNER = '_o'

/** On the item that tells what the items of an entity were made by. */
export const DEFINITION = '_d'

/** Attribute of the newest version in the lane of a version. */
export const historyName = (version: string): string => `_h${laneOf(version)}`

/** Attributes of the newest version of each lane. */
export const HISTORY: readonly string[] = LANES.split('').map(historyName)

const bytesOf = (text: string): Iterable<number> => new TextEncoder().encode(text)

/** A name that DynamoDB allows: letters, digits, `_`, `-` and `.`; anything else as `.` and two hex digits. */
export const vendorName = (name: string): string => {
  let text = ''
  for (const byte of bytesOf(name)) {
    const char = String.fromCharCode(byte)
    text += /[0-9A-Za-z_-]/.test(char) ? char : `.${byte.toString(16).padStart(2, '0')}`
  }
  // Names have three characters at least. No name encoded ends in two dots.
  return text.padEnd(3, '.')
}

/** Attributes that an index is keyed by. */
export const indexAttributes = (index: string): readonly [partition: string, sort: string] => [
  `_p.${index}`,
  `_s.${index}`,
]
