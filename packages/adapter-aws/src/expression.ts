import type { Attribute, Item } from './value.ts'

/** Largest expression, in bytes. Names and values are aliased, so that it is ASCII. */
export const MAX_EXPRESSION = 4096
/** Most operators and functions in an expression. */
export const MAX_OPERATORS = 300

/** Collects the names and values of one request, and gives them aliases. */
export class Aliases {
  readonly names: Record<string, string> = {}
  readonly values: Item = {}
  readonly #known = new Map<string, string>()
  #count = 0

  /** The alias of an attribute's name: no name can be a reserved word then, or be read as a path. */
  name(name: string): string {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const alias = `#n${this.#known.size.toString(36)}`
    this.#known.set(name, alias)
    this.names[alias] = name
    return alias
  }

  value(attribute: Attribute): string {
    const alias = `:n${(this.#count++).toString(36)}`
    this.values[alias] = attribute
    return alias
  }

  /** The members of a request that explain the aliases. */
  get members(): object {
    return {
      ...(this.#known.size === 0 ? {} : { ExpressionAttributeNames: this.names }),
      ...(this.#count === 0 ? {} : { ExpressionAttributeValues: this.values }),
    }
  }
}
