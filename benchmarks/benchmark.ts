import type { Finding } from './finding.ts'

/** Options of a run, from the command line. */
export interface RunOptions {
  readonly rounds: number
  /** Records below the deep page. */
  readonly rows: number
}

/** Measures one comparison, in a process of its own. */
export type Comparison = (options: RunOptions) => Promise<readonly Finding[]>

/** One file of comparisons that belong together. */
export interface Benchmark {
  /** In the order in which they run. */
  readonly comparisons: Readonly<Record<string, Comparison>>
  /** Makes what all comparisons need. Returns environment variables for their processes. */
  readonly start?: () => Promise<Surroundings>
}

/** What outlives a single comparison. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** The benchmarks by name. Loaded one at a time, so that none pays for the imports of another. */
export const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  core: async () => (await import('./core.ts')).core,
  policy: async () => (await import('./policy.ts')).policy,
  types: async () => (await import('./types.ts')).types,
  sqlite: async () => (await import('./sqlite.ts')).sqliteBenchmark,
  dynamodb: async () => (await import('./dynamodb.ts')).dynamodbBenchmark,
  firestore: async () => (await import('./firestore.ts')).firestoreBenchmark,
  postgres: async () => (await import('./postgres.ts')).postgresBenchmark,
}
