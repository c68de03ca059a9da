import { MAX_EXPRESSION, MAX_OPERATORS } from './expression.ts'
import { historyName, VERSION } from './names.ts'
import type { Attribute, Item } from './value.ts'

/** The text of an update and the names in it, which only hang on which attributes change how. */
interface UpdateText {
  readonly text: string
  readonly names: Readonly<Record<string, string>>
}

/** Texts by shape; no text where it is larger than DynamoDB takes. */
export type UpdateTexts = Map<string, UpdateText | undefined>

// Beyond this many shapes, texts are not kept, so that patches of ever new shapes do not fill memory.
const MAX_KEPT = 500
const ID = ':v'
const LANE = '#h'
const ZERO = ':z'

type Step = readonly [kind: 'set' | 'add' | 'remove', name: string]

const textOf = (steps: readonly Step[]): UpdateText | undefined => {
  // Letters of their own: those of guards are others.
  const names: Record<string, string> = { '#v': VERSION }
  const set = [`#v = ${ID}`, `${LANE} = ${ID}`]
  const remove: string[] = []
  let functions = 0
  steps.forEach(([kind, name], at) => {
    const alias = `#c${at.toString(36)}`
    const value = `:c${at.toString(36)}`
    names[alias] = name
    if (kind === 'remove') remove.push(alias)
    else if (kind === 'set') set.push(`${alias} = ${value}`)
    else set.push(`${alias} = if_not_exists(${alias}, ${ZERO}) + ${value}`)
    functions += kind === 'add' ? 2 : 0
  })
  const text = `SET ${set.join(', ')}${remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`}`
  const operators = set.length + remove.length + functions
  return text.length > MAX_EXPRESSION || operators > MAX_OPERATORS ? undefined : { text, names }
}

/** What an update does to attributes, besides giving the record a new version. */
export class Changes {
  readonly values: Item
  readonly #id: string
  readonly #steps: Step[] = []
  #shape = ''

  constructor(id: string) {
    this.#id = id
    this.values = { [ID]: { S: id } }
  }

  set(name: string, attribute: Attribute): void {
    this.values[`:c${this.#steps.length.toString(36)}`] = attribute
    this.#steps.push(['set', name])
    this.#shape += `=${name}.`
  }

  remove(name: string): void {
    this.#steps.push(['remove', name])
    this.#shape += `-${name}.`
  }

  add(name: string, amount: number | bigint): void {
    this.values[ZERO] = { N: '0' }
    this.values[`:c${this.#steps.length.toString(36)}`] = { N: String(amount) }
    this.#steps.push(['add', name])
    this.#shape += `+${name}.`
  }

  /** The text and its names; `undefined` when it is larger than DynamoDB takes. */
  compile(texts: UpdateTexts): UpdateText | undefined {
    let compiled = texts.get(this.#shape)
    if (compiled === undefined && !texts.has(this.#shape)) {
      compiled = textOf(this.#steps)
      if (texts.size < MAX_KEPT) texts.set(this.#shape, compiled)
    }
    if (compiled === undefined) return undefined
    const { text, names } = compiled
    return { text, names: { ...names, [LANE]: historyName(this.#id) } }
  }
}
