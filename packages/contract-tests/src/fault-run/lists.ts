import { append } from '@holdfast/core'
import { anomaliesOf } from './anomalies.ts'
import type { ListStep, ListTransaction } from './history.ts'
import { oneOf, type Program, type Scenario, type Stage, underFaults } from './scenario.ts'

/** Lists that one transaction may touch, out of those in use. */
const MOST_STEPS = 4
/** Lists in use at a time, and appends after which one is replaced: long lists slow everything down. */
const IN_USE = 8
const FULL = 50

type Transaction = Parameters<Parameters<Program['transaction']>[0]>[0]

/** A list to read or to append to. */
interface Plan {
  readonly key: string
  readonly items: readonly string[]
}

const perform = async (
  tx: Transaction,
  place: string,
  plans: readonly Plan[],
): Promise<readonly ListStep[]> => {
  const steps: ListStep[] = []
  for (const { key, items } of plans) {
    if (items.length > 0) {
      await tx.counters.update({ place, id: key }, { tags: append(...items) })
      steps.push({ do: 'append', key, items })
      continue
    }
    const row = await tx.counters.get({ place, id: key })
    steps.push({ do: 'read', key, found: row?.tags ?? [] })
  }
  return steps
}

/** Chooses lists, and takes full ones out of use. */
class Lists {
  readonly all: string[] = []
  readonly #stage: Stage
  readonly #appends = new Map<string, number>()
  #inUse: Promise<readonly string[]> = Promise.resolve([])

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Lists of one transaction, each once, in random order. */
  async choose(): Promise<readonly string[]> {
    const { random } = this.#stage
    this.#inUse = this.#inUse.then((before) => this.#refill(before))
    const left = [...(await this.#inUse)]
    const count = 1 + Math.floor(random() * MOST_STEPS)
    return Array.from({ length: count }, () => {
      const key = oneOf(left, random)
      left.splice(left.indexOf(key), 1)
      return key
    })
  }

  appended(key: string): void {
    this.#appends.set(key, (this.#appends.get(key) ?? 0) + 1)
  }

  async #refill(before: readonly string[]): Promise<readonly string[]> {
    const { straight, place } = this.#stage
    const used = before.filter((key) => (this.#appends.get(key) ?? 0) < FULL)
    const fresh = Array.from(
      { length: IN_USE - used.length },
      (_, at) => `l${this.all.length + at}`,
    )
    for (const id of fresh) await straight.counters.create({ place, id, tags: [] })
    this.all.push(...fresh)
    return [...used, ...fresh]
  }
}

/** Transactions that read lists and append to them. */
export const lists: Scenario = {
  name: 'list-append',
  promise: 'transactions are strictly serialisable',
  run: async (stage) => {
    const { place, measure, straight, faulty, calls, random } = stage
    const all = new Lists(stage)
    const transactions: ListTransaction[] = []
    let made = 0
    await underFaults(stage, async () => {
      while (made < measure.transactions) {
        const name = `t${made}`
        made += 1
        const plans = (await all.choose()).map((key, at): Plan => {
          if (random() < 0.5) return { key, items: [] }
          all.appended(key)
          return {
            key,
            items: random() < 0.2 ? [`${name}.${at}a`, `${name}.${at}b`] : [`${name}.${at}`],
          }
        })
        const planned = plans.map(({ key, items }): ListStep => ({ do: 'append', key, items }))
        const began = performance.now()
        const { outcome, value } = await calls.make(() =>
          faulty.transaction((tx) => perform(tx, place, plans)),
        )
        const ended = performance.now()
        transactions.push({ name, outcome, steps: value ?? planned, began, ended })
      }
    })
    const rows = await straight.counters.getMany(all.all.map((id) => ({ place, id })))
    const final = Object.fromEntries(rows.map((row) => [row?.id ?? '', row?.tags ?? []]))
    return anomaliesOf({ transactions, final })
  },
}
