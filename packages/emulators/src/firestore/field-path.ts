import { invalid } from './failure.ts'
import type { Fields, Value } from './wire/value.ts'

/** A path to a field: the names from the outside in. */
export type FieldPath = readonly string[]

/** The path by which a query names the document's key. */
export const NAME = '__name__'

const SEGMENT = /(?:`((?:[^`\\]|\\.)+)`|([A-Za-z_][A-Za-z_0-9]*))(\.|$)/gsy

/** Reads `a.b.c`, with parts quoted by backticks where they hold other characters. @throws INVALID_ARGUMENT */
export const parsePath = (text: string): FieldPath => {
  if (text === '') throw invalid('Invalid empty property path string.')
  const names: string[] = []
  SEGMENT.lastIndex = 0
  let more = true
  while (more) {
    const found = SEGMENT.exec(text)
    if (found === null)
      throw invalid(
        `Invalid property path "${text}". Unquoted property paths must match regex ([a-zA-Z_][a-zA-Z_0-9]*), and quoted property paths must match regex (\`(?:[^\`\\\\]|(?:\\\\.))+\`)`,
      )
    names.push(found[1]?.replaceAll(/\\(.)/gs, '$1') ?? found[2] ?? '')
    more = found[3] === '.'
  }
  return names
}

const SIMPLE = /^[A-Za-z_]\w*$/

/** Writes a path so that `parsePath` reads it back. */
export const formatPath = (path: FieldPath): string =>
  path
    .map((name) =>
      SIMPLE.test(name) ? name : `\`${name.replaceAll(/[\\`]/g, (found) => `\\${found}`)}\``,
    )
    .join('.')

/** The value at a path; undefined when the document has none. */
export const valueAt = (fields: Fields, path: FieldPath): Value | undefined => {
  let within: Fields | undefined = fields
  let value: Value | undefined
  for (const name of path) {
    value = within !== undefined && Object.hasOwn(within, name) ? within[name] : undefined
    within = value?.valueType === 'mapValue' ? value.mapValue.fields : undefined
  }
  return value
}

/** The fields with the value at a path replaced, or taken out when it is undefined; makes the maps on the way. */
export const withValueAt = (fields: Fields, path: FieldPath, value: Value | undefined): Fields => {
  const [name = '', ...rest] = path
  const { [name]: old, ...others } = fields
  if (rest.length === 0) return value === undefined ? others : { ...others, [name]: value }
  const inner = old?.valueType === 'mapValue' ? old.mapValue.fields : undefined
  // Taking a field out of what is no map leaves everything as it was.
  if (value === undefined && inner === undefined) return fields
  const changed = withValueAt(inner ?? {}, rest, value)
  return { ...others, [name]: { valueType: 'mapValue', mapValue: { fields: changed } } }
}
