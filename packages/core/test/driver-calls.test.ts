import { describe, expect, test } from 'vitest'
import { insist, type PutWrite, pause, writeApart } from '@holdfast/core/driver'
import * as z from 'zod'
import { defineEntity } from '@holdfast/core'

describe('pause', () => {
  const elapsed = async (signal?: AbortSignal): Promise<number> => {
    const started = performance.now()
    await pause(200, { signal })
    return performance.now() - started
  }

  test('waits, and ends when the signal aborts, also when it has', async () => {
    expect(await elapsed()).toBeGreaterThanOrEqual(195)
    expect(await elapsed(AbortSignal.timeout(20))).toBeLessThan(150)
    expect(await elapsed(AbortSignal.abort())).toBeLessThan(50)
  })
})

describe('insist', () => {
  const failing = (times: number) => {
    let made = 0
    const run = async (): Promise<number> => {
      made += 1
      if (made <= times) throw new RangeError(`attempt ${made}`)
      return made
    }
    return { run, made: () => made }
  }
  const meaning = (retryable: boolean) => () =>
    ({ code: 'UNAVAILABLE', outcome: 'unknown', retryable }) as const

  test('repeats failures that pass', async () => {
    expect(await insist(failing(2).run, {}, meaning(true))).toBe(3)
  })

  test('does not repeat one that does not pass', async () => {
    const { run, made } = failing(1)
    await expect(insist(run, {}, meaning(false))).rejects.toThrow('attempt 1')
    expect(made()).toBe(1)
  })

  test('ends after eight attempts', async () => {
    const { run, made } = failing(99)
    const signal = AbortSignal.abort()
    await expect(insist(run, { signal }, meaning(true))).rejects.toThrow('attempt 8')
    expect(made()).toBe(8)
  })
})

describe('writeApart', () => {
  const { model: entity } = defineEntity('note', {
    schema: z.object({ id: z.string() }),
    key: { partition: ['id'] },
  })
  const writes = Array.from({ length: 7 }, (_, at): PutWrite => ({
    kind: 'put',
    entity,
    key: [`${at}`],
    id: '000000000000000000000A',
    expect: 'any',
    value: { id: `${at}` },
  }))

  test('gives each write its own outcome, at most so many at a time', async () => {
    let [running, most] = [0, 0]
    const error = new Error('the third')
    const results = await writeApart(
      writes,
      3,
      async ({ key: [id] }) => {
        running += 1
        most = Math.max(most, running)
        await pause(id === '0' ? 30 : 5, {})
        running -= 1
        if (id === '2') throw error
        return { applied: id !== '4' }
      },
      {},
    )
    expect(most).toBe(3)
    expect(results).toEqual(
      writes.map((_, at) => (at === 2 ? { applied: false, error } : { applied: at !== 4 })),
    )
  })

  test('ends with the signal', async () => {
    const controller = new AbortController()
    let made = 0
    const all = writeApart(
      writes,
      1,
      async () => {
        made += 1
        if (made === 3) controller.abort()
        if (made >= 3) throw new Error('stopped')
        return { applied: true }
      },
      { signal: controller.signal },
    )
    await expect(all).rejects.toThrow('stopped')
    expect(made).toBe(3)
  })
})
