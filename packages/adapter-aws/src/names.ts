/** Names of the attributes that Holdfast adds. Those of fields never begin with `_`. */
export const PARTITION = '_p'
export const SORT = '_s'
export const ENTITY = '_e'
export const VERSION = '_v'
export const EXPIRY = '_t'
/** On the item that holds a unique value: the key of the record it belongs to. */
export const OWNER = '_o'

/** Attributes of the earlier versions, newest first. */
export const HISTORY = ['_h1', '_h2', '_h3', '_h4', '_h5', '_h6', '_h7', '_h8'] as const

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
