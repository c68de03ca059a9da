// Increments counters through a proxy that breaks every tenth request, and counts what is stored:
// npm run faults -- <store> [--seed n]. Fails when Holdfast loses, repeats or hides a write.
import { parseArgs } from 'node:util'
import { dynamodbFaults } from './faults/dynamodb.ts'
import { brokenPromises, INCREMENTS, KEYS, type Tally, WORKERS } from './faults/load.ts'

const STORES: Readonly<Record<string, (seed: number) => Promise<readonly [Tally, Tally]>>> = {
  dynamodb: dynamodbFaults,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' } },
})
const run = STORES[positionals[0] ?? '']
if (run === undefined || !Number.isSafeInteger(Number(values.seed))) {
  console.error(`Usage: npm run faults -- <${Object.keys(STORES).join(' | ')}> [--seed n]`)
  process.exit(2)
}

console.log(
  `${WORKERS} workers with ${INCREMENTS} increments each over ${KEYS} counters, 10 % faults, seed ${values.seed}`,
)
const tallies = await run(Number(values.seed))
const row = (cells: readonly (string | number)[]): string =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(36) : String(cell).padStart(14))).join('')
console.log(row(['', 'stored', 'acknowledged', 'refused', 'unknown', 'over-count', 'elapsed']))
for (const { name, stored, acknowledged, refused, unknown, seconds } of tallies) {
  const excess = Math.max(0, stored - acknowledged - unknown)
  console.log(
    row([name, stored, acknowledged, refused, unknown, excess, `${seconds.toFixed(1)} s`]),
  )
}
const broken = brokenPromises(tallies[0])
for (const promise of broken) console.error(`Broken: ${promise}.`)
process.exitCode = broken.length === 0 ? 0 : 1
