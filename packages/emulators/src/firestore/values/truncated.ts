import type { Value } from '../wire/value.ts'

/** How many bytes of a string or of bytes an index holds: document.proto, `Value`. */
const INDEXED_BYTES = 1500

/** The value as queries see it: only the first 1500 bytes of a string or of bytes. */
export const truncated = (value: Value): Value => {
  if (value.valueType === 'bytesValue' && value.bytesValue.length > INDEXED_BYTES)
    return { ...value, bytesValue: value.bytesValue.subarray(0, INDEXED_BYTES) }
  // No string of a third of the bytes' number can be longer in UTF-8.
  if (value.valueType !== 'stringValue' || value.stringValue.length * 3 <= INDEXED_BYTES)
    return value
  const bytes = Buffer.from(value.stringValue)
  if (bytes.length <= INDEXED_BYTES) return value
  let end = INDEXED_BYTES
  // Bytes of the form 10xxxxxx continue a character.
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--
  return { ...value, stringValue: bytes.subarray(0, end).toString() }
}
