/** One seeded defect: a text that occurs once in a file, and what stands there instead. */
export interface Mutant {
  /** What is broken, as a reader of the report would say it. */
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Arguments of Node for a command that runs tests. It must succeed on the code as it is. */
export type Suite = readonly string[]

/** Defects that the same tests must notice. */
export interface MutantPart {
  readonly mutants: readonly Mutant[]
  /** The quickest first. Each defect is tried on one after the other until one fails. */
  readonly suites: readonly Suite[]
}

/** A server that suites need. It is started once for a whole group. */
export type EngineName = 'dynamodb' | 'postgres'

/** A list of defects under one name. */
export interface MutantGroup {
  readonly parts: readonly MutantPart[]
  readonly engines?: readonly EngineName[]
}

/** Name, text and replacement of one defect. */
type Change = readonly [name: string, find: string, replace: string]

/** Makes the defects of a source file of one package. */
type Seed = (file: string, changes: readonly Change[]) => readonly Mutant[]

const inPackage =
  (name: string): Seed =>
  (file, changes) =>
    changes.map(([what, find, replace]) => ({
      name: what,
      file: `packages/${name}/src/${file}`,
      find,
      replace,
    }))

export const inCore: Seed = inPackage('core')
export const inSql: Seed = inPackage('adapter-sql')
export const inDynamodb: Seed = inPackage('adapter-aws')
export const inFirestore: Seed = inPackage('adapter-gcp')
export const inAuth: Seed = inPackage('auth')

/** Suites of the contract, by parts of their names, on one store. */
export const contract = (store: string, ...suites: readonly string[]): Suite => [
  'scripts/contract.ts',
  store,
  '--bail',
  ...suites.flatMap((name) => ['--suite', name]),
]

/** Unit tests, by parts of their paths below `packages`. */
export const unit = (...paths: readonly string[]): Suite => [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'unit',
  '--bail',
  '1',
  ...paths.map((path) => `packages/${path}`),
]

/** Of those only the tests whose full names match. */
export const named = (pattern: string, ...paths: readonly string[]): Suite => [
  ...unit(...paths),
  '-t',
  pattern,
]
