import type { Fields, Value } from './value.ts'

const FIXED = 16

const sizeOfValue = (value: Value): number => {
  if (value.stringValue !== undefined) return FIXED + value.stringValue.length * 3
  if (value.bytesValue !== undefined) return FIXED + value.bytesValue.length
  if (value.mapValue !== undefined) return FIXED + sizeOf(value.mapValue.fields ?? {})
  let size = FIXED
  for (const one of value.arrayValue?.values ?? []) size += sizeOfValue(one)
  return size
}

/** Bytes that fields take at most in a request. */
export const sizeOf = (fields: Readonly<Fields>): number => {
  let size = 0
  for (const name of Object.keys(fields))
    size += FIXED + name.length * 3 + sizeOfValue(fields[name] as Value)
  return size
}
