import type { Timestamp } from './value.ts'

/** Most records remembered. */
const MAX_SEEN = 2000

/**
 * When the records read last were updated, by name and version. Core reads a record, decides, and writes
 * on its version, while Firestore can only be asked for the time of the last update: whoever remembers
 * that need not read again. What is remembered may be outdated; then the write is refused by Firestore,
 * and the record read.
 */
export class Seen {
  #newer = new Map<string, Timestamp>()
  #older = new Map<string, Timestamp>()

  note(name: string, version: string, time: Timestamp | null | undefined): void {
    if (time === undefined || time === null) return
    if (this.#newer.size >= MAX_SEEN / 2) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(`${name} ${version}`, time)
  }

  timeOf(name: string, version: string): Timestamp | undefined {
    const key = `${name} ${version}`
    return this.#newer.get(key) ?? this.#older.get(key)
  }
}
