import type { FaultFinding, Tally } from '@holdfast/contract-tests'

/** Broken promises of one scenario that are printed. */
const PRINTED = 10

const row = (cells: readonly (string | number)[]): string =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(34) : String(cell).padStart(13))).join('')

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

/** Prints the head of the findings. */
export const printHead = (): void =>
  console.log(row(['', 'acknowledged', 'refused', 'unknown', 'longest', 'elapsed', 'broken']))

/** Prints what one scenario showed. */
export const printFinding = (finding: FaultFinding): void => {
  const { name, promise, told, errors, longestMs, seconds, broken } = finding
  const times = [`${(longestMs / 1000).toFixed(1)} s`, `${seconds.toFixed(1)} s`]
  console.log(row([name, told.acknowledged, told.refused, told.unknown, ...times, broken.length]))
  console.log(`  ${promise}`)
  if (Object.keys(errors).length > 0) console.log(`  errors: ${counted(errors)}`)
  for (const one of broken.slice(0, PRINTED)) console.error(`  Broken: ${one}.`)
  if (broken.length > PRINTED) console.error(`  and ${broken.length - PRINTED} more.`)
}

/** Prints what went wrong on the line. */
export const printFaults = (counts: {
  readonly requests: number
  readonly faults: Readonly<Record<string, number>>
}): void => console.log(`${counts.requests} requests; faults: ${counted(counts.faults)}`)

/** Prints increments of several programs side by side. */
export const printTallies = (tallies: readonly (Tally & { readonly name: string })[]): void => {
  console.log(row(['', 'stored', 'acknowledged', 'refused', 'unknown', 'over-count']))
  for (const { name, stored, told } of tallies) {
    const excess = Math.max(0, stored - told.acknowledged - told.unknown)
    console.log(row([name, stored, told.acknowledged, told.refused, told.unknown, excess]))
  }
}
