import type { EntityModel } from '@holdfast/core'
import type { Case, Context, Harness, Suite } from './case.ts'
import { entities } from './fixtures.ts'
import { suites as everySuite } from './suites.ts'

/** What a test receives from runners that can skip from inside, as vitest's and Node's do. */
export interface TestContext {
  skip?(reason?: string): unknown
}

/** The functions of a test runner that the kit needs. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  test(name: string, body: (context?: TestContext) => Promise<void>): unknown
  afterAll?(body: () => Promise<void>): unknown
}

/** What became of one case. */
export type Outcome = { readonly name: string; readonly milliseconds: number } & (
  | { readonly status: 'passed' }
  | { readonly status: 'skipped' }
  | { readonly status: 'gap'; readonly reason: string }
  | { readonly status: 'failed'; readonly error: unknown }
)

/** The result of a run. What does not apply to the store, and known gaps, are not counted as passed. */
export interface Report {
  readonly passed: number
  readonly failed: number
  readonly gaps: number
  readonly skipped: number
  readonly outcomes: readonly Outcome[]
}

/** Options of `runCases`. */
export interface RunOptions {
  /** Receives each known gap with its reason and each failure with its stack, a line or more at a time. */
  readonly report?: (text: string) => void
  /** Default: all of the kit. */
  readonly suites?: readonly Suite[]
  /** Most milliseconds a case may take. Default 120 000. */
  readonly timeoutMs?: number
  /** Stop after the first failure. */
  readonly bail?: boolean
}

const TIMEOUT_MS = 120_000

/** The name by which a case is known in reports and in `Harness.gaps`. */
export const fullName = (one: Pick<Case, 'suite' | 'name'>): string => `${one.suite}: ${one.name}`

const casesOf = (suites: readonly Suite[]): readonly Case[] => suites.flatMap(({ cases }) => cases)

/** The place under test: opened once, with the tables of all suites. */
class Session {
  readonly #harness: Harness
  readonly #suites: readonly Suite[]
  #opened: Promise<Pick<Context, 'driver' | 'harness'>> | undefined
  #seed = 0

  constructor(harness: Harness, suites: readonly Suite[]) {
    this.#harness = harness
    this.#suites = suites
  }

  open(): Promise<Pick<Context, 'driver' | 'harness'>> {
    return (this.#opened ??= this.#prepare())
  }

  async run(one: Case): Promise<Outcome> {
    const started = performance.now()
    const told = { name: fullName(one), milliseconds: 0 }
    const reason = this.#harness.gaps?.[told.name]
    const ended = (): typeof told => ({ ...told, milliseconds: performance.now() - started })
    try {
      const place = await this.open()
      if (one.applies?.(place) === false) return { ...ended(), status: 'skipped' }
      this.#seed += 1
      await one.run({ ...place, seed: this.#seed, unique: `t${this.#seed}` })
    } catch (error) {
      return reason === undefined
        ? { ...ended(), status: 'failed', error }
        : { ...ended(), status: 'gap', reason }
    }
    if (reason === undefined) return { ...ended(), status: 'passed' }
    const error = new Error(`This gap is closed: remove it from the harness. It said: ${reason}`)
    return { ...ended(), status: 'failed', error }
  }

  /** Gaps that name no case: misspelt, or left behind by a case renamed. */
  strayGaps(): readonly string[] {
    const names = new Set(casesOf(this.#suites).map(fullName))
    return Object.keys(this.#harness.gaps ?? {}).filter((name) => !names.has(name))
  }

  async close(): Promise<void> {
    try {
      const place = await this.#opened?.catch(() => undefined)
      await place?.driver.close()
    } finally {
      await this.#harness.dispose?.()
    }
  }

  async #prepare(): Promise<Pick<Context, 'driver' | 'harness'>> {
    const driver = await this.#harness.open()
    const models = new Set<EntityModel>(Object.values(entities).map(({ model }) => model))
    for (const suite of this.#suites) for (const model of suite.models ?? []) models.add(model)
    await driver.schema.apply([...models])
    return { driver, harness: this.#harness }
  }
}

const STRAY = (name: string): string => `The gap "${name}" names no case.`

/** Declares the whole kit with a test runner: `runContract(harness, { describe, test, afterAll })`. */
export const runContract = (
  harness: Harness,
  runner: Runner,
  suites: readonly Suite[] = everySuite,
): void => {
  const session = new Session(harness, suites)
  const check = async (one: Case, context?: TestContext): Promise<void> => {
    const outcome = await session.run(one)
    if (outcome.status === 'failed') throw outcome.error
    if (outcome.status === 'gap') context?.skip?.(`known gap: ${outcome.reason}`)
    if (outcome.status === 'skipped') context?.skip?.('does not apply to this store')
  }
  runner.describe(`contract on ${harness.name}`, () => {
    for (const suite of suites)
      runner.describe(suite.name, () => {
        for (const one of suite.cases) runner.test(one.name, (context) => check(one, context))
      })
    for (const name of session.strayGaps())
      runner.test(name, () => Promise.reject(new Error(STRAY(name))))
    if (runner.afterAll === undefined) runner.test('closes the store', () => session.close())
    else runner.afterAll(() => session.close())
  })
}

const within = async (milliseconds: number, pending: Promise<Outcome>): Promise<Outcome> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  const outcome = await Promise.race([pending, timeout])
  clearTimeout(timer)
  if (outcome !== undefined) return outcome
  const error = new Error(`The case took longer than ${milliseconds} ms.`)
  return { name: '', status: 'failed', milliseconds, error }
}

const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${describeError(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

/** Runs the whole kit without a test runner, for the command line and for the kit's own tests. */
export const runCases = async (harness: Harness, options: RunOptions = {}): Promise<Report> => {
  const { report = () => {}, suites = everySuite, timeoutMs = TIMEOUT_MS, bail = false } = options
  const session = new Session(harness, suites)
  const outcomes: Outcome[] = session
    .strayGaps()
    .map((name) => ({ name, milliseconds: 0, status: 'failed', error: new Error(STRAY(name)) }))
  try {
    for (const one of casesOf(suites)) {
      const outcome = { ...(await within(timeoutMs, session.run(one))), name: fullName(one) }
      outcomes.push(outcome)
      if (outcome.status === 'gap') report(`gap  ${outcome.name}\n     ${outcome.reason}`)
      if (outcome.status === 'failed') {
        report(`FAIL ${outcome.name}\n${describeError(outcome.error)}`)
        if (bail) break
      }
    }
  } finally {
    await session.close()
  }
  const count = (status: Outcome['status']): number =>
    outcomes.filter((outcome) => outcome.status === status).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    gaps: count('gap'),
    skipped: count('skipped'),
    outcomes,
  }
}
