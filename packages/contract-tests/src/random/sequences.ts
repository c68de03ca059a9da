import { memory } from '@holdfast/core/memory'
import fc from 'fast-check'
import { collect, type Context } from '../case.ts'
import { same } from '../expect.ts'
import { virtualClock } from '../fixtures.ts'
import { sharedPlace } from '../shared-place.ts'
import { type Command, command } from './commands.ts'
import { programOf } from './program.ts'
import { Side } from './side.ts'

const { add, suite } = collect('model')

/** Random command sequences on the store and on the in-memory reference: every answer is the same. */
export const modelSuite = suite

const SEQUENCES = 200
const LENGTH = 40
const WORKERS = 4
const SEED = 20_261_123
const LIMIT_MS = 100_000

const HOUR = 3_600_000

const compare = async (
  context: Context,
  place: string,
  commands: readonly Command[],
): Promise<void> => {
  // Ahead of real time, so that no vendor removes what has not expired here.
  const clock = virtualClock()
  clock.set(Math.floor(Date.now() / 1000) * 1000 + HOUR)
  const reference = memory()
  const keep = sharedPlace(reference)
  const tested = await Side.make(() => context.harness.open(), place, clock)
  const model = await Side.make(() => keep.open(), place, clock)
  try {
    for (const [at, one] of commands.entries()) {
      if (one.do === 'advance') clock.advance(one.seconds * 1000)
      const [actual, expected] = [await tested.run(one), await model.run(one)]
      same(actual, expected, `answer to command ${at}: ${fc.stringify(one)}`)
    }
    for (const on of ['counters', 'sessions', 'accounts'] as const) {
      const one: Command = { do: 'getMany', on, ids: ['a', 'b', 'c', 'd'] }
      same(await tested.run(one), await model.run(one), `what is stored of ${on} at the end`)
    }
  } finally {
    await tested.close()
    await model.close()
    await reference.close()
  }
}

add('random command sequences get the answers of the in-memory reference', async (context) => {
  const total = Math.max(8, Math.round(SEQUENCES * (context.harness.scale ?? 1)))
  let made = 0
  // Up to twice the length wanted, so that it is the mean and a failure still shrinks to few commands.
  const sequence = fc.array(command, { maxLength: 2 * LENGTH, size: 'max' })
  const property = fc.asyncProperty(sequence, (commands) =>
    compare(context, `${context.unique}-${made++}`, commands),
  )
  const worker = async (_: unknown, at: number): Promise<void> => {
    const found = await fc.check(property, {
      seed: SEED + at,
      numRuns: Math.ceil(total / WORKERS),
      // Else most are short.
      unbiased: true,
      interruptAfterTimeLimit: LIMIT_MS,
      markInterruptAsFailure: true,
    })
    if (!found.failed) return
    const [commands = []] = found.counterexample ?? []
    const program = commands.length === 0 ? fc.defaultReportMessage(found) : programOf(commands)
    throw new Error(`This program gets another answer than in memory:\n${program}`, {
      cause: found.errorInstance,
    })
  }
  await Promise.all(Array.from({ length: WORKERS }, worker))
})
