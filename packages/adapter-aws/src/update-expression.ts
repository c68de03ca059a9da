import { MAX_EXPRESSION, MAX_OPERATORS } from './expression.ts'
import { HISTORY, VERSION } from './names.ts'
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
const NONE = ':o'
const ZERO = ':z'

type Step = readonly [kind: 'set' | 'add' | 'remove', name: string]

const textOf = (steps: readonly Step[]): UpdateText | undefined => {
  // Letters of their own: those of guards are others.
  const names: Record<string, string> = { '#v': VERSION }
  const set = [`#v = ${ID}`]
  let before = '#v'
  HISTORY.forEach((name, at) => {
    const alias = `#h${at}`
    names[alias] = name
    // All by what the item holds: each version moves one on.
    set.push(`${alias} = if_not_exists(${before}, ${NONE})`)
    before = alias
  })
  const remove: string[] = []
  let functions = HISTORY.length
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
  readonly #steps: Step[] = []
  #shape = ''

  constructor(id: string) {
    this.values = { [ID]: { S: id }, [NONE]: { S: '' } }
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

  /** The text; `undefined` when it is larger than DynamoDB takes. */
  compile(texts: UpdateTexts): UpdateText | undefined {
    const known = texts.get(this.#shape)
    if (known !== undefined || texts.has(this.#shape)) return known
    const text = textOf(this.#steps)
    if (texts.size < MAX_KEPT) texts.set(this.#shape, text)
    return text
  }
}
