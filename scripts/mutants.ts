// Breaks the code in many small ways, one at a time, in a copy, and expects the tests to notice each:
// node scripts/mutants.ts [core | sql | dynamodb | firestore | auth | policy]… [--only <part of a name>] [--share <k>/<n>]
// `--share 1/3` tries the first of every three.
// Without names all groups run. Servers that a group needs are started once, or found as by the tests.
import { parseArgs } from 'node:util'
import { auth } from './mutants/auth.ts'
import { Copy, occurrences } from './mutants/copy.ts'
import { core } from './mutants/core.ts'
import { dynamodb } from './mutants/dynamodb.ts'
import { startEngines, whyNoEngines } from './mutants/engines.ts'
import { firestore } from './mutants/firestore.ts'
import type { Mutant, MutantGroup, MutantPart, Suite } from './mutants/mutant.ts'
import { policy } from './mutants/policy.ts'
import { sql } from './mutants/sql.ts'

const GROUPS: Readonly<Record<string, MutantGroup>> = {
  core,
  sql,
  dynamodb,
  firestore,
  auth,
  policy,
}
const COPIES = 2

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' }, share: { type: 'string', default: '1/1' } },
})
const [turn = 1, turns = 1] = values.share.split('/').map(Number)
if (!(Number.isInteger(turn) && Number.isInteger(turns) && turn >= 1 && turn <= turns)) {
  console.error('--share is the number of a share, a slash, and how many there are, such as 1/3.')
  process.exit(2)
}
const names = positionals.length === 0 ? Object.keys(GROUPS) : positionals

/** The first failure that a mutant causes; `undefined` for one that survives. */
const killerOf = async (
  copy: Copy,
  suites: readonly Suite[],
  mutant: Mutant,
): Promise<string | undefined> =>
  copy.broken(mutant, async () => {
    for (const suite of suites) {
      const { ok, failed, output } = await copy.run(suite)
      if (ok) continue
      if (failed !== undefined) return failed
      throw new Error(`"${mutant.name}" does not run at all:\n${output.slice(-2000)}`)
    }
    return undefined
  })

/** A defect whose text is gone, or is not one, would break nothing or too much. */
const checkTexts = async (mutants: readonly Mutant[]): Promise<void> => {
  const counted = await Promise.all(
    mutants.map(async (mutant) => ({ mutant, count: await occurrences(mutant) })),
  )
  const lost = counted.filter(({ count }) => count !== 1)
  if (lost.length > 0)
    throw new Error(
      lost
        .map(({ mutant, count }) => `"${mutant.name}" occurs ${count} times in ${mutant.file}`)
        .join('\n'),
    )
}

/** Gives each job to the next copy that is free. */
const share = async <T>(
  copies: readonly Copy[],
  jobs: readonly T[],
  run: (copy: Copy, job: T) => Promise<void>,
): Promise<void> => {
  const waiting = [...jobs]
  const work = async (copy: Copy): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) await run(copy, job)
  }
  await Promise.all(copies.map(work))
}

/** All suites that a group's defects are tried on, each once. */
const suitesOf = (parts: readonly MutantPart[]): readonly Suite[] => [
  ...new Map(
    parts.flatMap(({ suites }) => suites).map((suite) => [suite.join(' '), suite]),
  ).values(),
]

/** Whether all defects were noticed. */
const runParts = async (
  copies: readonly Copy[],
  name: string,
  parts: readonly MutantPart[],
): Promise<boolean> => {
  const tried = parts.flatMap(({ mutants, suites }) =>
    mutants.map((mutant) => ({ mutant, suites })),
  )
  await share(copies, suitesOf(parts), async (copy, suite) => {
    const { ok, output } = await copy.run(suite)
    if (!ok) throw new Error(`The code as it is fails ${suite.join(' ')}:\n${output.slice(-2000)}`)
  })
  let killed = 0
  await share(copies, tried, async (copy, { mutant, suites }) => {
    const killer = await killerOf(copy, suites, mutant)
    if (killer !== undefined) killed += 1
    console.log(`${killer === undefined ? 'SURVIVED' : 'killed'}  ${mutant.name}`)
    if (killer !== undefined) console.log(`        by ${killer}`)
  })
  console.log(`${name}: ${killed} killed of ${tried.length}`)
  return killed === tried.length
}

/** Whether all defects of a group were noticed; `undefined` where none was tried. */
const runGroup = async (name: string): Promise<boolean | undefined> => {
  const group = GROUPS[name]
  if (group === undefined)
    throw new Error(`${name} is no group of mutants; name ${Object.keys(GROUPS).join(', ')}.`)
  // Of all, also where a share is tried: who changes a text must be told at once.
  await checkTexts(group.parts.flatMap(({ mutants }) => mutants))
  let number = 0
  const isWanted = ({ name: what }: Mutant): boolean =>
    what.includes(values.only) && number++ % turns === turn - 1
  const parts = group.parts
    .map((part) => ({ ...part, mutants: part.mutants.filter(isWanted) }))
    .filter(({ mutants }) => mutants.length > 0)
  if (parts.length === 0) return undefined
  const { engines: wanted = [] } = group
  const whyNot = await whyNoEngines(wanted)
  if (whyNot !== undefined) {
    console.warn(`${name} is left out. ${whyNot}`)
    return undefined
  }
  const engines = await startEngines(wanted)
  const copies: Copy[] = []
  try {
    for (let made = 0; made < COPIES; made += 1) copies.push(await Copy.make(engines.environment))
    const started = performance.now()
    const isClean = await runParts(copies, name, parts)
    console.log(`${name}: ${Math.round((performance.now() - started) / 1000)} s`)
    return isClean
  } finally {
    await Promise.all(copies.map((copy) => copy.remove()))
    await engines.stop()
  }
}

const results: (boolean | undefined)[] = []
for (const name of names) results.push(await runGroup(name))
if (!results.includes(true) || results.includes(false)) process.exitCode = 1
