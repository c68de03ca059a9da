import { Firestore } from '@google-cloud/firestore'
import { startFirestore } from '../../src/index.ts'
import type { Fault } from '../../src/index.ts'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { code, refusal } from './case.ts'
import { oneTry } from './one-try.ts'

process.env['METADATA_SERVER_DETECTION'] ??= 'none'
const emulator = await startFirestore()
const db = new Firestore({ projectId: 'tests', ...emulator.settings })
const document = db.doc('c/a')
// Sends a commit once, and waits so many milliseconds: the client of `db` tries by itself again.
const low = oneTry(emulator.settings)

beforeEach(() => {
  emulator.faults()
  emulator.clear()
})
afterAll(async () => {
  await db.terminate()
  low.close()
  await emulator.stop()
})

const stored = async (): Promise<unknown> => {
  emulator.faults()
  return (await document.get()).get('n')
}
const once = (fault: Fault): void => {
  emulator.faults({ seed: 1, rules: [{ fault, rate: 1, methods: ['Commit'], times: 1 }] })
}

describe('a fault', () => {
  test('refuses: nothing is applied and the answer is its code', async () => {
    once({ kind: 'refuse', code: 'PERMISSION_DENIED', message: 'no' })
    expect(await refusal(low.increment(5000))).toEqual({ code: 7, details: 'no' })
    expect(await stored()).toBeUndefined()
  })

  test('throttles, and says when to come again', async () => {
    once({ kind: 'throttle', retryAfterMs: 1500 })
    const error = await low.increment(5000).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: code.resourceExhausted, retryAfterMs: 1500 })
    expect(await stored()).toBeUndefined()
  })

  test('drops the connection before anything is applied', async () => {
    once({ kind: 'drop' })
    expect((await refusal(low.increment(5000))).code).toBe(code.unavailable)
    expect(await stored()).toBeUndefined()
  })

  test('loses the answer of what was applied', async () => {
    once({ kind: 'lose-answer' })
    expect((await refusal(low.increment(5000))).code).toBe(code.unavailable)
    expect(await stored()).toBe(1)
  })

  test('drops the connection after it was applied', async () => {
    once({ kind: 'lose-answer', by: 'drop' })
    expect((await refusal(low.increment(5000))).code).toBe(code.unavailable)
    expect(await stored()).toBe(1)
  })

  test('makes the client itself apply an increment twice', async () => {
    once({ kind: 'lose-answer' })
    await low.viaClient(db)
    expect(await stored()).toBe(2)
  })

  test('hangs before', async () => {
    once({ kind: 'hang', when: 'before' })
    expect((await refusal(low.increment(200))).code).toBe(code.deadlineExceeded)
    expect(await stored()).toBeUndefined()
  })

  test('hangs after', async () => {
    once({ kind: 'hang', when: 'after' })
    expect((await refusal(low.increment(200))).code).toBe(code.deadlineExceeded)
    expect(await stored()).toBe(1)
  })

  test('delays, and applies what nobody waits for any more', async () => {
    once({ kind: 'delay', ms: 300 })
    expect((await refusal(low.increment(100))).code).toBe(code.deadlineExceeded)
    expect(await stored()).toBeUndefined()
    await expect.poll(stored, { timeout: 5000 }).toBe(1)
  })

  test('delivers twice', async () => {
    once({ kind: 'repeat' })
    await low.increment(5000)
    expect(await stored()).toBe(2)
  })

  test('delivers twice and answers with the second', async () => {
    once({ kind: 'repeat', answer: 'last' })
    expect((await refusal(low.create(5000))).code).toBe(code.alreadyExists)
    expect(await stored()).toBe(1)
  })

  test('meets reads as well', async () => {
    emulator.faults((method) =>
      method === 'BatchGetDocuments' ? { kind: 'refuse', code: 'PERMISSION_DENIED' } : undefined,
    )
    expect((await refusal(document.get())).code).toBe(7)
  })

  test('meets listeners as well, which come again', async () => {
    const { counts } = emulator
    const [faults, requests] = [counts.faults, counts.requests['Listen'] ?? 0]
    const fault: Fault = { kind: 'refuse', code: 'UNAVAILABLE' }
    emulator.faults({ seed: 1, rules: [{ fault, rate: 1, methods: ['Listen'], times: 1 }] })
    const seen: boolean[] = []
    const stop = document.onSnapshot(({ exists }) => seen.push(exists))
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual([false])
    stop()
    expect(counts.faults).toBe(faults + 1)
    expect(counts.requests['Listen']).toBe(requests + 2)
  })
})

describe('a plan', () => {
  test('is the same for the same seed, and counted', async () => {
    const pattern = async (): Promise<string> => {
      const fault: Fault = { kind: 'refuse', code: 'ABORTED' }
      emulator.faults({ seed: 7, rules: [{ fault, rate: 0.5, methods: ['Commit'] }] })
      let outcomes = ''
      for (let n = 0; n < 20; n++)
        outcomes += await low.increment(5000).then(
          () => '.',
          () => 'x',
        )
      return outcomes
    }
    const before = emulator.counts.faults
    const first = await pattern()
    expect(first).toMatch(/x/)
    expect(first).toMatch(/\./)
    expect(emulator.counts.faults - before).toBe(first.replaceAll('.', '').length)
    expect(await pattern()).toBe(first)
  })

  test('can be a function of the request', async () => {
    const seen: string[] = []
    emulator.faults((method, request) => {
      seen.push(`${method} ${(request as { writes?: unknown[] }).writes?.length ?? ''}`)
      return undefined
    })
    await document.set({ n: 1 })
    expect(seen).toEqual(['Commit 1'])
  })

  test('has rates from 0 to 1', () => {
    const fault: Fault = { kind: 'drop' }
    expect(() => emulator.faults({ seed: 1, rules: [{ fault, rate: 2 }] })).toThrow(RangeError)
  })
})

test('all connections can be dropped, and the client comes again', async () => {
  await document.set({ n: 1 })
  emulator.dropConnections()
  await expect
    .poll(async () => (await document.get()).get('n') as unknown, { timeout: 30_000 })
    .toBe(1)
})
