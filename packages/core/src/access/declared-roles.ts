import type { DeclaredStore } from './declared-policy.ts'

type Node = Readonly<Record<string, unknown>>

/** Follows names through objects, and functions as arktype's schemas are. */
const child = (node: unknown, ...path: readonly string[]): unknown => {
  let current: unknown = node
  for (const name of path) current = (current as Node | null | undefined)?.[name]
  return current
}

const texts = (values: unknown): readonly string[] | undefined =>
  Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : undefined

/** Through `readonly`, `default` and the like, to the schema within. */
const zodDef = (schema: unknown): unknown => {
  const def = child(schema, '_zod', 'def')
  const inner = child(def, 'innerType')
  return inner === undefined ? def : zodDef(inner)
}

const fromZod = (schema: unknown): readonly string[] | undefined => {
  const roles = zodDef(child(zodDef(schema), 'shape', 'roles'))
  const element = zodDef(child(roles, 'element'))
  return texts(Object.values(child(element, 'entries') ?? {})) ?? texts(child(element, 'values'))
}

const fromJsonSchema = (schema: unknown): readonly string[] | undefined => {
  const converter = child(schema, '~standard', 'jsonSchema')
  const output = child(converter, 'output')
  if (typeof output !== 'function') return undefined
  try {
    const json: unknown = output.call(converter, { target: 'draft-2020-12' })
    return texts(child(json, 'properties', 'roles', 'items', 'enum'))
  } catch {
    return undefined
  }
}

/**
 * The roles that the actor's schema lists; empty where it lists none, or does not say. Zod 4 tells an
 * enumeration, other libraries by `~standard.jsonSchema`.
 */
export const declaredRoles = ({ declared }: DeclaredStore): readonly string[] => {
  const { schema } = declared.actor
  const found = fromZod(schema)
  return (found !== undefined && found.length > 0 ? found : fromJsonSchema(schema)) ?? []
}
