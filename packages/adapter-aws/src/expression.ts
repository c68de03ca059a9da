import type { Attribute, Item } from './value.ts'

/** Largest expression, in bytes. Names and values are aliased, so that it is ASCII. */
export const MAX_EXPRESSION = 4096
/** Most operators and functions in an expression. */
export const MAX_OPERATORS = 300

/**
 * The aliases of a table's attributes, each always the same: no name can be a reserved word then, or be
 * read as a path, and one text always means the same attributes.
 */
export class AttributeNames {
  readonly #aliases = new Map<string, string>()

  of(name: string): string {
    let alias = this.#aliases.get(name)
    if (alias === undefined)
      this.#aliases.set(name, (alias = `#n${this.#aliases.size.toString(36)}`))
    return alias
  }
}

/** Collects the names and values of one request. */
export class Aliases {
  readonly names: Record<string, string> = {}
  readonly values: Item
  readonly #known: AttributeNames
  #hasNames = false
  #count = 0

  /** `values` may hold some already, under aliases that do not begin with `:n`. */
  constructor({ names }: { readonly names: AttributeNames }, values: Item = {}) {
    this.#known = names
    this.values = values
  }

  /** The alias of an attribute's name. */
  name(name: string): string {
    const alias = this.#known.of(name)
    this.names[alias] = name
    this.#hasNames = true
    return alias
  }

  /** The alias of a value. */
  value(attribute: Attribute): string {
    const alias = `:n${(this.#count++).toString(36)}`
    this.values[alias] = attribute
    return alias
  }

  /** The members of a request that explain the aliases. */
  get members(): object {
    return {
      ...(this.#hasNames ? { ExpressionAttributeNames: this.names } : {}),
      ...(this.#count === 0 ? {} : { ExpressionAttributeValues: this.values }),
    }
  }
}
