// Simulates processes that write over a bad network, and compares what they were told with what is
// stored: npm run simulate -- [--seeds n] [--from n]. A seed that fails replays exactly.
import { parseArgs } from 'node:util'
import { simulate } from './simulate.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '2000' }, from: { type: 'string', default: '0' } },
})
const [seeds, from] = [Number(values.seeds), Number(values.from)]
if (!Number.isSafeInteger(seeds) || !Number.isSafeInteger(from) || seeds < 1) {
  console.error('Usage: npm run simulate -- [--seeds n] [--from n]')
  process.exit(2)
}

const outcomes = { applied: 0, not_applied: 0, unknown: 0 }
let failed = 0
for (let seed = from; seed < from + seeds; seed += 1) {
  const { told, broken } = await simulate(seed)
  for (const { outcome } of told) outcomes[outcome] += 1
  if (broken.length > 0) failed += 1
  for (const promise of broken) console.error(`seed ${seed}: ${promise}`)
}
console.log(
  `${seeds} seeds, ${failed} failed; changes applied ${outcomes.applied}, refused ${outcomes.not_applied}, unknown ${outcomes.unknown}`,
)
process.exitCode = failed === 0 ? 0 : 1
