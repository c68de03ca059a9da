/**
 * Entity models, writes and queries in short, for tests that ask a driver itself, exported as
 * `@holdfast/contract-tests/models`.
 */
import type {
  EntityModel,
  FieldModel,
  IndexModel,
  Key,
  Kind,
  PatchWrite,
  PutWrite,
  QueryRequest,
} from '@holdfast/core/driver'

/** An entity model from `{ field: kind }`; a kind that ends in `?` is optional. */
export const model = (
  name: string,
  kinds: Readonly<Record<string, Kind | `${Kind}?`>>,
  key: EntityModel['key'],
  more: Partial<Omit<EntityModel, 'indexes'>> & { readonly indexes?: readonly IndexModel[] } = {},
): EntityModel => ({
  name,
  group: name,
  fields: Object.fromEntries(
    Object.entries(kinds).map(([field, kind]): [string, FieldModel] => [
      field,
      { name: field, kind: kind.replace('?', '') as Kind, optional: kind.endsWith('?') },
    ]),
  ),
  key,
  version: undefined,
  expiresAt: undefined,
  sensitive: [],
  ...more,
  indexes: Object.fromEntries((more.indexes ?? []).map((index) => [index.name, index])),
})

/** A write id: the later `at`, the greater. */
export const writeId = (at: number, lane = 'A'): string =>
  `00${String(at).padStart(19, '0')}${lane}`

type Given<W> = Partial<Omit<W, 'kind' | 'entity'>> & { readonly key: Key; readonly id: string }

/** A put that takes the record as it is. */
export const put = (
  entity: EntityModel,
  given: Given<PutWrite> & Pick<PutWrite, 'value'>,
): PutWrite => ({ kind: 'put', entity, expect: 'any', ...given })

/** A patch of a record that must be there. */
export const patch = (entity: EntityModel, given: Given<PatchWrite>): PatchWrite => ({
  kind: 'patch',
  entity,
  set: {},
  remove: [],
  increment: {},
  ...given,
  expect: 'present',
})

/** A query of a whole partition along the key. */
export const request = (entity: EntityModel, given: Partial<QueryRequest> = {}): QueryRequest => ({
  entity,
  index: undefined,
  partition: ['p'],
  prefix: [],
  range: undefined,
  descending: false,
  filter: undefined,
  after: undefined,
  limit: 100,
  count: false,
  consistency: 'strong',
  ...given,
})
