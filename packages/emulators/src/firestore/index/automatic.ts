import { NAME, formatPath, parsePath } from '../field-path.ts'
import type { FieldOverride } from './definitions.ts'
import { complete } from './model.ts'
import type { Index, Mode, Scope } from './model.ts'

const MODES: readonly Mode[] = ['ASCENDING', 'DESCENDING', 'CONTAINS']

// The field itself, then the maps around it from the inside out, then the rule for all fields.
const pathsOf = (field: string): string[] => {
  const names = parsePath(field)
  return [...names.map((_, at) => formatPath(names.slice(0, names.length - at))), '*']
}

const keyOf = (collectionGroup: string, path: string): string => `${collectionGroup}/${path}`

const isSame = (path: string): string => (path === '*' ? path : formatPath(parsePath(path)))

/** The indexes of single fields, which are there unless an override says otherwise. */
export class Automatic {
  readonly #overrides: ReadonlyMap<string, FieldOverride>

  constructor(overrides: readonly FieldOverride[]) {
    this.#overrides = new Map(
      overrides
        // One that only declares a time to live leaves the indexes as they are.
        .filter(({ indexes }) => indexes !== undefined)
        .map((override) => [keyOf(override.collectionGroup, isSame(override.fieldPath)), override]),
    )
  }

  /** The single-field indexes of a field. A field takes the override of the map that holds it. */
  of(collectionGroup: string, field: string, scope: Scope): Index[] {
    const override = this.#find(collectionGroup, field)
    if (override === undefined) {
      // The name of a document is indexed in ascending order, which needs no index of its own.
      if (scope === 'COLLECTION_GROUP' || field === NAME) return []
      return MODES.map((mode) => complete(collectionGroup, scope, [{ field, mode }]))
    }
    return (override.indexes ?? [])
      .filter(({ queryScope }) => queryScope === scope)
      .map(({ order, arrayConfig }) =>
        complete(collectionGroup, scope, [{ field, mode: arrayConfig ?? order ?? 'ASCENDING' }]),
      )
  }

  #find(collectionGroup: string, field: string): FieldOverride | undefined {
    for (const group of [collectionGroup, '__default__'])
      for (const path of field === NAME ? [NAME] : pathsOf(field)) {
        const override = this.#overrides.get(keyOf(group, path))
        if (override !== undefined) return override
      }
    return undefined
  }
}
