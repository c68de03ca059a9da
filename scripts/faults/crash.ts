import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FaultFinding } from '@holdfast/contract-tests'
import { openLedgers, SHARED } from './crash-entity.ts'

const WRITERS = 4
const KILLS = 16
/** A process is killed some time after it was first told of a write: at another moment each time. */
const MOMENTS_MS = [1, 2, 3, 5, 8, 13, 21, 34, 55]
const PATIENCE_MS = 20_000
/** Most time that what a dead process has sent takes to be done. */
const SETTLE_MS = 1000

/** Name of this scenario. */
export const KILLED = 'killed'

class Writer {
  readonly told: string[] = []
  readonly name: string
  readonly #child: ChildProcess
  #rest = ''

  constructor(store: string, address: string, name: string) {
    this.name = name
    const script = join(import.meta.dirname, 'crash-writer.ts')
    this.#child = spawn(process.execPath, [script, store, address, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child.stdout?.on('data', (text: Buffer) => {
      const lines = (this.#rest + text.toString()).split('\n')
      this.#rest = lines.pop() ?? ''
      this.told.push(...lines)
    })
  }

  /** Kills it while it works. */
  async killAtWork(moment: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (this.told.length === 0 && performance.now() < deadline) await setTimeout(10)
    await setTimeout(moment)
    await this.kill()
  }

  async kill(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}

/**
 * Processes that write the same records are killed at any moment and others take their place. Afterwards
 * each write told done is there once, and no transaction is there in part.
 */
export const killProcesses = async (store: string, address: string): Promise<FaultFinding> => {
  const begun = performance.now()
  const { store: opened, db } = openLedgers(store, address)
  try {
    await opened.ensureSchema()
    await db.ledgers.create({ id: SHARED, count: 0, marks: [] })
    const all: Writer[] = []
    const start = (): Writer => {
      const writer = new Writer(store, address, `w${all.length}`)
      all.push(writer)
      return writer
    }
    const alive = Array.from({ length: WRITERS }, start)
    for (let kills = 0; kills < KILLS; kills += 1) {
      const victim = alive.shift()
      alive.push(start())
      await victim?.killAtWork(MOMENTS_MS[kills % MOMENTS_MS.length] ?? 0)
    }
    await Promise.all(alive.map((writer) => writer.kill()))
    await setTimeout(SETTLE_MS)
    const rows = await db.ledgers.getMany(
      [...all, { name: SHARED }].map(({ name }) => ({ id: name })),
    )
    const marks = rows.flatMap((row) => row?.marks ?? [])
    const there = new Set(marks)
    const told = all.flatMap((writer) => writer.told)
    const counted = rows.at(-1)?.count ?? 0
    return {
      name: KILLED,
      promise: `${KILLS + WRITERS} processes killed at work: nothing is lost, doubled or half done`,
      told: { acknowledged: told.length, refused: 0, unknown: marks.length - told.length },
      errors: {},
      longestMs: 0,
      seconds: (performance.now() - begun) / 1000,
      figures: {},
      broken: [
        ...told.flatMap((mark) => (there.has(mark) ? [] : [`${mark}, told written, is lost`])),
        ...(there.size < marks.length ? ['a mark is written twice'] : []),
        ...(counted === marks.length
          ? []
          : [`${marks.length} marks are written and ${counted} counted: a part of a transaction`]),
        ...(told.length === 0 ? ['nothing was written'] : []),
      ],
    }
  } finally {
    await opened.close()
  }
}
