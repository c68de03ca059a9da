import { type Aliases, type AttributeNames, MAX_EXPRESSION, MAX_OPERATORS } from './expression.ts'
import { historyName, VERSION } from './names.ts'
import type { Attribute, Item } from './value.ts'

const ID = ':v'
const LANE = '#h'
const ZERO = ':z'

type Kind = 'set' | 'add' | 'remove'
type Step = readonly [kind: Kind, name: string]
type Names = Readonly<Record<string, string>>

/** The text of an update and the names in it; no text where it is larger than DynamoDB takes. */
interface UpdateText {
  readonly text: string | undefined
  readonly names: Names
}

const textOf = (steps: readonly Step[], known: AttributeNames): UpdateText => {
  const version = known.of(VERSION)
  const names: Record<string, string> = { [version]: VERSION }
  const set = [`${version} = ${ID}`, `${LANE} = ${ID}`]
  const remove: string[] = []
  let functions = 0
  steps.forEach(([kind, name], at) => {
    const alias = known.of(name)
    const value = `:c${at.toString(36)}`
    names[alias] = name
    if (kind === 'remove') remove.push(alias)
    else if (kind === 'set') set.push(`${alias} = ${value}`)
    else set.push(`${alias} = if_not_exists(${alias}, ${ZERO}) + ${value}`)
    functions += kind === 'add' ? 2 : 0
  })
  const text = `SET ${set.join(', ')}${remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`}`
  const operators = set.length + remove.length + functions
  const isFit = text.length <= MAX_EXPRESSION && operators <= MAX_OPERATORS
  return { text: isFit ? text : undefined, names }
}

// Beyond this many nothing is kept, so that updates of ever new shapes do not fill memory.
const MAX_KEPT = 5000

/** The shapes of updates of one table: which attributes change how, one step after another. */
export class UpdateShapes {
  readonly names: AttributeNames
  readonly first: UpdateShape
  #kept = 0

  constructor(names: AttributeNames) {
    this.names = names
    this.first = new UpdateShape(this, [])
  }

  /** Keeps one more thing made for a shape, as long as there is room. */
  keep<T>(map: Map<string, T>, key: string, made: T): T {
    if (this.#kept < MAX_KEPT) map.set(key, made)
    this.#kept += 1
    return made
  }
}

/** One shape: its text, made once, and the shapes that it begins. */
class UpdateShape {
  /** Alias of the value of the step that follows. */
  readonly nextValue: string
  readonly #shapes: UpdateShapes
  readonly #steps: readonly Step[]
  readonly #next: Readonly<Record<Kind, Map<string, UpdateShape>>> = {
    set: new Map(),
    add: new Map(),
    remove: new Map(),
  }
  readonly #names = new Map<string, Names>()
  #made: UpdateText | undefined

  constructor(shapes: UpdateShapes, steps: readonly Step[]) {
    this.#shapes = shapes
    this.#steps = steps
    this.nextValue = `:c${steps.length.toString(36)}`
  }

  after(kind: Kind, name: string): UpdateShape {
    const next = this.#next[kind]
    return (
      next.get(name) ??
      this.#shapes.keep(next, name, new UpdateShape(this.#shapes, [...this.#steps, [kind, name]]))
    )
  }

  get text(): string | undefined {
    return this.#make().text
  }

  /** The names in the text and in a guard, and the attribute of a version's lane. */
  names(lane: string, guard: string, { names }: Aliases): Names {
    const key = lane + guard
    return (
      this.#names.get(key) ??
      this.#shapes.keep(this.#names, key, { ...this.#make().names, ...names, [LANE]: lane })
    )
  }

  #make(): UpdateText {
    return (this.#made ??= textOf(this.#steps, this.#shapes.names))
  }
}

/** What an update does to attributes, besides giving the record a new version. */
export class Changes {
  readonly values: Item
  readonly #lane: string
  #shape: UpdateShape

  constructor(shapes: UpdateShapes, id: string) {
    this.#shape = shapes.first
    this.#lane = historyName(id)
    this.values = { [ID]: { S: id } }
  }

  set(name: string, attribute: Attribute): void {
    this.values[this.#shape.nextValue] = attribute
    this.#shape = this.#shape.after('set', name)
  }

  remove(name: string): void {
    this.#shape = this.#shape.after('remove', name)
  }

  add(name: string, amount: number | bigint): void {
    this.values[ZERO] = { N: '0' }
    this.values[this.#shape.nextValue] = { N: String(amount) }
    this.#shape = this.#shape.after('add', name)
  }

  /** The update; `undefined` when it is larger than DynamoDB takes. */
  get text(): string | undefined {
    return this.#shape.text
  }

  /** All names of a request with this update and a guard. */
  names(guard: string, aliases: Aliases): Names {
    return this.#shape.names(this.#lane, guard, aliases)
  }
}
