import type { Check } from './case.ts'
import type { Target } from './target.ts'

/** How many checks run side by side: the client waits seconds before it gives up a refused query. */
const AT_ONCE = 12
/** When a check has failed, in milliseconds: the client retries some refusals for minutes. */
const TOO_LONG_MS = 60_000

const withLimit = async (run: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${TOO_LONG_MS} ms`)), TOO_LONG_MS)
  })
  await Promise.race([run, limit]).finally(() => clearTimeout(timer))
}

/** Runs checks side by side; each can be waited for. */
export const runAll = (
  checks: readonly Check[],
  target: Target,
): { start: () => void; of: (check: Check) => Promise<void> } => {
  const waiting = checks.map((check) => ({ check, ...Promise.withResolvers<void>() }))
  const byCheck = new Map(waiting.map(({ check, promise }) => [check, promise]))
  // Whoever waits for it sees a failure; nobody need be there yet.
  for (const { promise } of waiting) promise.catch(() => undefined)
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { check, resolve, reject } = next
      await withLimit(check.run(target.context())).then(resolve, reject)
    }
  }
  return {
    start: () => {
      for (let worker = 0; worker < AT_ONCE; worker++) void work()
    },
    of: (check) => byCheck.get(check) ?? Promise.reject(new Error('an unknown check')),
  }
}
