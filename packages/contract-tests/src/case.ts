import type { Driver, EntityModel } from '@holdfast/core'

/** What an adapter gives the kit: how to open its store, and what is known to be wrong there. */
export interface Harness {
  /** Name of the store, for reports. */
  readonly name: string
  /**
   * Opens a driver on the place under test. Every call reaches the same data, as a second process
   * would; the kit closes what it opens. The place is empty at the first call.
   */
  open(): Promise<Driver>
  /** Removes the place after the last case. */
  dispose?(): Promise<void>
  /** Cases that are known to fail here, by full name, each with the reason. One that passes fails the run. */
  readonly gaps?: Readonly<Record<string, string>>
  /** How much the random suites do, relative to the full measure. Default 1; slow emulators take less. */
  readonly scale?: number
  /** `false` for engines with a single connection, where concurrency cannot be shown. Default `true`. */
  readonly concurrent?: boolean
}

/** What a case runs in. */
export interface Context {
  readonly harness: Harness
  /** The driver shared by all cases. */
  readonly driver: Driver
  /** A number that no other case has, to keep records apart. */
  readonly seed: number
  /** A text that no other case has, such as `t17`, for partition values. */
  readonly unique: string
}

/** One named case. It passes when `run` does not throw. */
export interface Case {
  readonly suite: string
  readonly name: string
  /** Not applicable to this driver or harness, for the capability reason given; the refusal is tested by another case. */
  readonly applies?: (context: Pick<Context, 'driver' | 'harness'>) => boolean
  run(context: Context): Promise<void>
}

/** A list of cases under one name. */
export interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
  /** Models that the cases use besides the fixtures; the frame makes their tables once per run. */
  readonly models?: readonly EntityModel[]
}

/** Collects the cases of a suite: `const { add, suite } = collect('values')`. */
export const collect = (
  name: string,
  models: readonly EntityModel[] = [],
): {
  readonly suite: Suite
  readonly add: (title: string, run: Case['run'], applies?: Case['applies']) => void
} => {
  const cases: Case[] = []
  return {
    suite: { name, cases, models },
    add: (title, run, applies) => {
      cases.push(
        applies === undefined
          ? { suite: name, name: title, run }
          : { suite: name, name: title, run, applies },
      )
    },
  }
}
