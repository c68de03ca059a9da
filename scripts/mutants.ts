// Breaks the code in many small ways, one at a time, in a copy, and expects the tests to notice each:
// node scripts/mutants.ts [group]… [--only <part of a name>]
import { parseArgs } from 'node:util'
import { Copy } from './mutants/copy.ts'
import type { Mutant, MutantGroup } from './mutants/mutant.ts'
import { policy } from './mutants/policy.ts'

const GROUPS: Readonly<Record<string, MutantGroup>> = { policy }
const COPIES = 2

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' } },
})
const names = positionals.length === 0 ? Object.keys(GROUPS) : positionals

/** The first failure that a mutant causes; `undefined` for one that survives. */
const killerOf = async (
  copy: Copy,
  suites: MutantGroup['suites'],
  mutant: Mutant,
): Promise<string | undefined> =>
  copy.broken(mutant, async () => {
    for (const args of suites) {
      const { ok, failed, output } = await copy.run(args)
      if (ok) continue
      if (failed !== undefined) return failed
      throw new Error(`"${mutant.name}" does not run at all:\n${output.slice(-2000)}`)
    }
    return undefined
  })

/** A defect whose text is gone, or is not one, would break nothing or too much. */
const checkTexts = async (copy: Copy, mutants: readonly Mutant[]): Promise<void> => {
  const counted = await Promise.all(
    mutants.map(async (mutant) => ({ mutant, count: await copy.occurrences(mutant) })),
  )
  const lost = counted.filter(({ count }) => count !== 1)
  if (lost.length > 0)
    throw new Error(
      lost
        .map(({ mutant, count }) => `"${mutant.name}" occurs ${count} times in ${mutant.file}`)
        .join('\n'),
    )
}

const runGroup = async (name: string): Promise<boolean> => {
  const group = GROUPS[name]
  if (group === undefined)
    throw new Error(`${name} is no group of mutants; name ${Object.keys(GROUPS).join(', ')}.`)
  const mutants = group.mutants.filter((mutant) => mutant.name.includes(values.only))
  const copies = await Promise.all(Array.from({ length: COPIES }, () => Copy.make()))
  try {
    for (const copy of copies.slice(0, 1)) await checkTexts(copy, mutants)
    await Promise.all(
      group.suites.map(async (args, at) => {
        const { ok, output } = (await copies[at % COPIES]?.run(args)) ?? { ok: false, output: '' }
        if (!ok)
          throw new Error(`The code as it is fails ${args.join(' ')}:\n${output.slice(-2000)}`)
      }),
    )
    const waiting = [...mutants]
    let killed = 0
    const work = async (copy: Copy): Promise<void> => {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const killer = await killerOf(copy, group.suites, mutant)
        if (killer !== undefined) killed += 1
        console.log(`${killer === undefined ? 'SURVIVED' : 'killed'}  ${mutant.name}`)
        if (killer !== undefined) console.log(`        by ${killer}`)
      }
    }
    await Promise.all(copies.map(work))
    console.log(`${name}: ${killed} killed of ${mutants.length}`)
    return killed === mutants.length && killed > 0
  } finally {
    await Promise.all(copies.map((copy) => copy.remove()))
  }
}

for (const name of names) if (!(await runGroup(name))) process.exitCode = 1
