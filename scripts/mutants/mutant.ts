/** One seeded defect: a text that occurs once in a file, and what stands there instead. */
export interface Mutant {
  /** What is broken, as a reader of the report would say it. */
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** A list of defects, and the commands that must notice each of them. */
export interface MutantGroup {
  readonly mutants: readonly Mutant[]
  /** Commands of Node, the quickest first. Each must succeed on the code as it is. */
  readonly suites: readonly (readonly string[])[]
}

/** Name, text and replacement of one defect. */
type Change = readonly [name: string, find: string, replace: string]

/** Defects of one source file of core. */
export const inCore = (file: string, changes: readonly Change[]): readonly Mutant[] =>
  changes.map(([name, find, replace]) => ({
    name,
    file: `packages/core/src/${file}`,
    find,
    replace,
  }))
