import { describe, expect, test } from 'vitest'
import { HISTORY_MICROS, Storage, type Stored } from '../../src/firestore/storage.ts'
import { makeClock } from '../../src/firestore/time.ts'
import { Transactions } from '../../src/firestore/transaction/transactions.ts'

// What is kept for a while only, or an emulator that runs for days would grow without end.
const ROOT = 'projects/p/databases/(default)/documents'

describe('states of documents', () => {
  const name = `${ROOT}/notes/a`
  const at = (time: bigint): Stored => ({ name, fields: {}, createTime: 1n, updateTime: time })
  const later = HISTORY_MICROS + 2n
  const write = (storage: Storage, time: bigint, after: Stored | undefined, of = name): void =>
    storage.apply([{ name: of, before: undefined, after }], time)

  test('are kept for an hour, and the newest for ever', () => {
    const storage = new Storage()
    write(storage, 1n, at(1n))
    write(storage, 2n, at(2n))
    write(storage, 2n + HISTORY_MICROS - 1n, undefined, `${ROOT}/notes/b`)
    expect(storage.get(name, 1n)?.updateTime).toBe(1n)
    write(storage, later, undefined, `${ROOT}/notes/b`)
    expect(storage.get(name, 1n)).toBeUndefined()
    expect(storage.get(name, 2n)?.updateTime).toBe(2n)
    write(storage, later * 9n, undefined, `${ROOT}/notes/b`)
    expect(storage.get(name)?.updateTime).toBe(2n)
  })

  test('go with a document that was deleted an hour ago', () => {
    const storage = new Storage()
    write(storage, 1n, at(1n))
    write(storage, 2n, undefined)
    write(storage, 3n, at(3n), `${ROOT}/notes/b`)
    expect(storage.get(name, 1n)).toBeDefined()
    write(storage, later, at(later), `${ROOT}/notes/b`)
    expect(storage.get(name, 1n)).toBeUndefined()
    expect([...storage.documents(`${ROOT}/notes`)]).toHaveLength(1)
  })
})

test('a transaction that is long over is forgotten', () => {
  let time = 0
  const now = () => time
  const transactions = new Transactions(makeClock(now), now, 'pessimistic')
  const id = transactions.begin(undefined)
  transactions.rollback(id)
  transactions.rollback(id)
  time += 9 * 60_000
  transactions.begin(undefined)
  transactions.rollback(id)
  time += 1
  transactions.begin(undefined)
  expect(() => transactions.rollback(id)).toThrow('Invalid transaction.')
})
