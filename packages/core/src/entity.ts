import { invalid, limitExceeded } from './error.ts'
import { deriveFields, type InferInput, type InferOutput, type StandardSchema } from './schema.ts'
import type { EntityModel, FieldModel, IndexModel, Kind } from './shape.ts'
import { checkFieldName } from './value.ts'

/** Fields by which records are found: partition values, then sort values. */
export interface IndexConfig<Field extends string> {
  readonly partition: readonly Field[]
  readonly sort?: readonly Field[]
  /** At most one record per combination of partition and sort values, null and missing left aside. */
  readonly unique?: boolean
}

/** What `defineEntity` takes. */
export interface EntityConfig<
  S extends StandardSchema,
  Field extends string,
  KeyField extends Field,
  IndexName extends string,
  VersionField extends Field,
  SensitiveField extends Field,
> {
  /** Any Standard Schema of an object. It validates; what is stored is its output. */
  readonly schema: S
  /**
   * Storage kind of each field that the schema does not tell exactly. Zod 4 tells all but custom types;
   * valibot tells none without its JSON Schema extension, and a JSON Schema knows no dates, bigints,
   * decimals or bytes.
   */
  readonly fields?: { readonly [F in Field]?: Kind }
  /** Names of the fields that identify a record: scalar, never null, 600 bytes together. */
  readonly key: { readonly partition: readonly KeyField[]; readonly sort?: readonly KeyField[] }
  /** Up to 8 further ways to find records. */
  readonly indexes?: { readonly [N in IndexName]: IndexConfig<Field> }
  /** A `string` field that the store fills with a new opaque token at every write. */
  readonly version?: VersionField
  /** Fields that nobody sees or filters by unless a rule reveals them. */
  readonly sensitive?: readonly SensitiveField[]
  /** A `date` field: the record disappears at that instant, in whole seconds. */
  readonly expiresAt?: Field
  /** Entities of one group share physical placement. Default: the entity alone. */
  readonly group?: string
}

/** The type-level facts of an entity that travel beyond its definition. */
export interface EntityTypes {
  readonly row: object
  readonly input: object
  readonly key: string
  readonly index: string
  readonly version: string
  readonly sensitive: string
}

/** A declared kind of record. Made by `defineEntity`. */
export interface Entity<T extends EntityTypes = EntityTypes> {
  readonly model: EntityModel
  readonly schema: StandardSchema
  /** Own schemas of the fields, where a patch may be validated field by field. */
  readonly fieldSchemas: Readonly<Record<string, StandardSchema>> | undefined
  /** Fields for which every safe integer is legal. */
  readonly anyInteger: ReadonlySet<string>
  readonly '~types'?: T
}

const SCALAR_KINDS = new Set<Kind>([
  'string',
  'integer',
  'number',
  'bigint',
  'decimal',
  'boolean',
  'date',
  'bytes',
])
const MAX_INDEXES = 8

/**
 * Declares an entity: what its records look like, how they are found, what is sensitive.
 *
 * @throws `INVALID` naming the field and the rule, when a kind cannot be derived, a key or index field
 * is not scalar or unknown, or a name is not legal on every store.
 * @throws `LIMIT_EXCEEDED` above 8 indexes.
 */
export const defineEntity = <
  S extends StandardSchema,
  KeyField extends keyof InferOutput<S> & string,
  IndexName extends string = never,
  VersionField extends keyof InferOutput<S> & string = never,
  SensitiveField extends keyof InferOutput<S> & string = never,
>(
  name: string,
  config: EntityConfig<
    S,
    keyof InferOutput<S> & string,
    KeyField,
    IndexName,
    VersionField,
    SensitiveField
  >,
): Entity<{
  readonly row: InferOutput<S> & object
  readonly input: InferInput<S> & object
  readonly key: KeyField
  readonly index: IndexName
  readonly version: VersionField
  readonly sensitive: SensitiveField
}> => {
  const fail = (message: string, field?: string): never => {
    throw invalid(`Entity ${name}: ${message}`, name, field)
  }
  const derived = deriveFields(config.schema)
  const kinds: Readonly<Record<string, Kind | undefined>> = config.fields ?? {}
  const fields: Record<string, FieldModel> = {}
  const names = new Set([...Object.keys(derived), ...Object.keys(kinds)])
  if (names.size === 0)
    fail('its schema tells nothing of its fields; name the storage kind of each in `fields`.')
  checkName(name, fail)
  for (const field of names) {
    const rule = checkFieldName(field)
    if (rule !== undefined) fail(`field ${field} ${rule}`, field)
    const kind = kinds[field] ?? derived[field]?.kind
    if (kind === undefined)
      fail(
        `the storage kind of ${field} cannot be derived from the schema; name it: fields: { ${field}: 'json' }.`,
        field,
      )
    else if (field !== config.version)
      fields[field] = { name: field, kind, optional: derived[field]?.optional ?? true }
    else if (kind !== 'string') fail(`the version field ${field} must be a string.`, field)
  }

  if (config.version !== undefined && !names.has(config.version))
    fail(`version names ${config.version}, which is not a field.`, config.version)

  const scalars = (list: readonly string[], what: string): readonly string[] => {
    for (const field of list) {
      const kind = fields[field]?.kind
      if (kind === undefined) fail(`${what} names ${field}, which is not a stored field.`, field)
      else if (!SCALAR_KINDS.has(kind))
        fail(`${what} needs scalar fields, and ${field} is of kind ${kind}.`, field)
    }
    if (new Set(list).size !== list.length) fail(`${what} names a field twice.`)
    return list
  }
  const { partition, sort = [] } = config.key
  if (partition.length === 0) fail('the key needs at least one partition field.')
  for (const field of scalars([...partition, ...sort], 'the key'))
    fields[field] = { ...(fields[field] as FieldModel), optional: false }

  const declared = Object.entries<IndexConfig<string>>(config.indexes ?? {})
  if (declared.length > MAX_INDEXES)
    throw limitExceeded(
      `Entity ${name}: ${declared.length} indexes; at most ${MAX_INDEXES} work on every store.`,
      name,
    )
  const indexes = declared.map(([index, given]): [string, IndexModel] => {
    checkName(index, fail)
    if (given.partition.length === 0) fail(`index ${index} needs at least one partition field.`)
    scalars([...given.partition, ...(given.sort ?? [])], `index ${index}`)
    return [
      index,
      {
        name: index,
        partition: given.partition,
        sort: given.sort ?? [],
        unique: given.unique ?? false,
      },
    ]
  })
  if (config.expiresAt !== undefined && fields[config.expiresAt]?.kind !== 'date')
    fail(`expiresAt names ${config.expiresAt}, which must be a date field.`, config.expiresAt)
  for (const field of config.sensitive ?? []) {
    if (fields[field] === undefined || [...partition, ...sort].includes(field as never))
      fail(`${field} cannot be sensitive: it is no stored field, or part of the key.`, field)
  }

  const model: EntityModel = {
    name,
    group: config.group ?? name,
    fields,
    key: { partition, sort },
    indexes: Object.fromEntries(indexes),
    version: config.version,
    expiresAt: config.expiresAt,
    sensitive: config.sensitive ?? [],
  }
  const isFieldwise = Object.keys(fields).every((field) => derived[field]?.schema !== undefined)
  const schemas = Object.entries(derived).map(([field, { schema }]) => [field, schema] as const)
  return {
    model,
    schema: config.schema,
    fieldSchemas: isFieldwise
      ? (Object.fromEntries(schemas) as Record<string, StandardSchema>)
      : undefined,
    anyInteger: new Set(Object.keys(fields).filter((field) => derived[field]?.anyInteger === true)),
  }
}

const checkName = (name: string, fail: (message: string) => never): void => {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,49}$/.test(name))
    fail(
      `the name ${JSON.stringify(name)} must be 1-50 letters, digits, - or _, beginning with a letter.`,
    )
}
