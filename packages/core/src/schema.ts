import type { Kind } from './shape.ts'

/** The part of Standard Schema (standardschema.dev, version 1) that Holdfast uses. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a Standard Schema returns. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One complaint of a schema. Its message is the library's own and may quote the schema, not the value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Names of the fields that an issue is about, outermost first. */
export const pathOf = (issue: SchemaIssue | undefined): readonly string[] =>
  (issue?.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment))

/** The type a schema accepts. */
export type InferInput<S> = S extends StandardSchema<infer Input, unknown> ? Input : never

/** The type a schema produces: what is stored. */
export type InferOutput<S> = S extends {
  readonly '~standard': { readonly types?: { readonly output: infer Output } | undefined }
}
  ? Output
  : never

/** What a schema tells of one field. */
export interface DerivedField {
  readonly kind: Kind | undefined
  readonly optional: boolean
  /** The field's own schema, to validate a patch field by field. */
  readonly schema?: StandardSchema
  /** Whether every safe integer is legal, so that an increment needs no look at the result. */
  readonly anyInteger?: boolean
}

type Node = Readonly<Record<string, unknown>>

const child = (node: unknown, name: string): Node | undefined => {
  const value = typeof node === 'object' && node !== null ? (node as Node)[name] : undefined
  return typeof value === 'object' && value !== null ? (value as Node) : undefined
}

const scalarKind = (values: readonly unknown[]): Kind | undefined => {
  const types = new Set(values.filter((value) => value !== null).map((value) => typeof value))
  const [type] = types
  if (types.size !== 1) return undefined
  return type === 'string' || type === 'number' || type === 'boolean' || type === 'bigint'
    ? type
    : undefined
}

const ZOD_KINDS: Readonly<Record<string, Kind>> = {
  string: 'string',
  template_literal: 'string',
  bigint: 'bigint',
  boolean: 'boolean',
  date: 'date',
  array: 'array',
  tuple: 'array',
  object: 'object',
  record: 'object',
}

const isIntegerFormat = (format: unknown): boolean =>
  typeof format === 'string' && format.includes('int')

const zodNumber = (def: Node): { kind: Kind; anyInteger: boolean } => {
  const checks = Array.isArray(def['checks']) ? (def['checks'] as unknown[]) : []
  const formats = checks.map((check) => child(child(check, '_zod'), 'def')?.['format'])
  const isInteger = [def['format'], ...formats].some(isIntegerFormat)
  const format = def['format'] ?? 'safeint'
  const anyInteger = format === 'safeint' && formats.every((one) => one === 'safeint')
  return { kind: isInteger ? 'integer' : 'number', anyInteger: isInteger && anyInteger }
}

const zodDef = (schema: unknown): Node => child(child(schema, '_zod'), 'def') ?? {}

/** Whether null may come out of a schema that never yields undefined, such as one with a default. */
const yieldsNull = (schema: unknown): boolean => {
  const def = zodDef(schema)
  return def['type'] === 'optional' ? yieldsNull(def['innerType']) : fromZod(schema).optional
}

const isNothing = (schema: unknown): boolean =>
  ['null', 'undefined'].includes(String(zodDef(schema)['type']))

/** Derives from a zod 4 schema (classic, mini or core) by its documented `_zod.def`. */
const fromZod = (schema: unknown): DerivedField => {
  const def = zodDef(schema)
  const type = String(def['type'])
  switch (type) {
    case 'number':
      return { ...zodNumber(def), optional: false }
    case 'literal':
      return {
        kind: scalarKind((def['values'] ?? []) as unknown[]),
        optional: ((def['values'] ?? []) as unknown[]).includes(null),
      }
    case 'enum':
      return { kind: scalarKind(Object.values(child(def, 'entries') ?? {})), optional: false }
    case 'optional':
    case 'nullable':
      return { ...fromZod(def['innerType']), optional: true }
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'catch':
      return { ...fromZod(def['innerType']), optional: yieldsNull(def['innerType']) }
    case 'readonly':
      return fromZod(def['innerType'])
    case 'pipe':
      return { ...fromZod(def['out']), anyInteger: false }
    case 'union': {
      const all = (def['options'] ?? []) as unknown[]
      const options = all.filter((option) => !isNothing(option)).map(fromZod)
      const kind = options[0]?.kind
      return {
        kind: options.every((option) => option.kind === kind) ? kind : undefined,
        optional: options.length < all.length || options.some((option) => option.optional),
      }
    }
    default:
      return {
        kind: ZOD_KINDS[type],
        optional: ZOD_KINDS[type] === undefined,
        anyInteger: type === 'bigint' && isEmpty(def['checks']),
      }
  }
}

const JSON_KINDS: Readonly<Record<string, Kind>> = {
  string: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  array: 'array',
  object: 'object',
}

const SCALARS = ['string', 'number', 'boolean']

/** The types of a node of JSON Schema; `unknown` for what they do not tell. */
const jsonTypes = (node: Node): readonly string[] => {
  const branches = node['anyOf'] ?? node['oneOf']
  if (Array.isArray(branches)) return (branches as Node[]).flatMap(jsonTypes)
  const values = node['enum'] ?? ('const' in node ? [node['const']] : undefined)
  if (!Array.isArray(values)) return [(node['type'] as string | undefined) ?? 'unknown'].flat()
  const types = values.map((value) => (value === null ? 'null' : typeof value))
  return types.map((type) => (type === 'null' || SCALARS.includes(type) ? type : 'unknown'))
}

const fromJsonSchema = (node: Node, isRequired: boolean): DerivedField => {
  const types = new Set(jsonTypes(node))
  const optional = !isRequired || types.has('unknown') || types.has('null')
  types.delete('null')
  const [type = ''] = types
  return { kind: types.size === 1 ? JSON_KINDS[type] : undefined, optional }
}

const viaJsonSchema = (schema: StandardSchema): Record<string, DerivedField> => {
  const converter = child(schema['~standard'], 'jsonSchema')
  const output = converter?.['output']
  if (typeof output !== 'function') return {}
  let json: unknown
  try {
    json = output.call(converter, { target: 'draft-2020-12' })
  } catch {
    return {}
  }
  const required = (child(json, 'required') ?? []) as readonly string[]
  const fields = Object.entries(child(json, 'properties') ?? {})
  return Object.fromEntries(
    fields.map(([name, node]) => [name, fromJsonSchema(node as Node, required.includes(name))]),
  )
}

/** Valibot's types that yield neither null nor undefined, unless a transformation follows. */
const VALIBOT_REQUIRED =
  /^(string|number|bigint|boolean|date|array|record|literal|picklist|enum|instance|non_nullish|(loose_|strict_)?(object|tuple)(_with_rest)?)$/

const isEmpty = (list: unknown): boolean => !Array.isArray(list) || list.length === 0

/**
 * What the schema tells of each field: zod 4 by its definition, valibot's object entries for the
 * fields' own schemas, others by `~standard.jsonSchema`. Empty where it tells nothing.
 */
export const deriveFields = (schema: StandardSchema): Record<string, DerivedField> => {
  const zod = child(child(schema, '_zod'), 'def')
  const shape = zod?.['type'] === 'object' ? child(zod, 'shape') : undefined
  if (shape !== undefined) {
    const isFieldwise = isEmpty(zod?.['checks'])
    return Object.fromEntries(
      Object.entries(shape).map(([name, field]) => {
        const derived = fromZod(field)
        return [name, isFieldwise ? { ...derived, schema: field as StandardSchema } : derived]
      }),
    )
  }
  const derived = viaJsonSchema(schema)
  const entries = isEmpty((schema as unknown as Node)['pipe'])
    ? child(schema, 'entries')
    : undefined
  for (const [name, field] of Object.entries(entries ?? {})) {
    if (child(field, '~standard') === undefined) continue
    const optional = !VALIBOT_REQUIRED.test(String((field as Node)['type']))
    derived[name] = { kind: undefined, optional, ...derived[name], schema: field as StandardSchema }
  }
  return derived
}
