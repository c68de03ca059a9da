import type { CallOptions, Classification, Write, WriteResult } from './driver.ts'

const ATTEMPTS = 8

/** Waits so many milliseconds; ends early when the signal aborts. */
export const pause = (milliseconds: number, { signal }: CallOptions): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done, { once: true })
  })

/**
 * Repeats what may be repeated whatever became of it, after failures that pass, up to eight times. For
 * work that is too long to be begun anew by core, which repeats calls.
 * @throws what the last attempt threw
 */
export const insist = async <T>(
  run: () => Promise<T>,
  options: CallOptions,
  classify: (error: unknown) => Classification,
): Promise<T> => {
  for (let made = 1; ; made += 1) {
    try {
      return await run()
    } catch (error) {
      if (!classify(error).retryable || made === ATTEMPTS) throw error
      await pause(Math.random() * 50 * 2 ** made, options)
    }
  }
}

/**
 * Carries out writes that stand alone, at most `concurrency` at a time. One that throws has that as its
 * result.
 * @throws what a write throws once the signal has aborted
 */
export const writeApart = async (
  writes: readonly Write[],
  concurrency: number,
  writeOne: (write: Write) => Promise<WriteResult>,
  { signal }: CallOptions,
): Promise<readonly WriteResult[]> => {
  const results: WriteResult[] = writes.map(() => ({ applied: false }))
  const waiting = writes.entries()
  const worker = async (): Promise<void> => {
    for (const [at, write] of waiting)
      try {
        results[at] = await writeOne(write)
      } catch (error) {
        if (signal?.aborted === true) throw error
        results[at] = { applied: false, error }
      }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, writes.length) }, worker))
  return results
}
