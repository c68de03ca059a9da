// Works on stores while every tenth request fails, and compares what callers were told with what is
// stored: npm run faults -- <store>… [--seed n] [--only scenario]… [--alone]
// `--alone` leaves out the vendor's own client beside ours, whose retries take minutes.
// Fails when Holdfast loses, repeats or hides a write.
import { parseArgs } from 'node:util'
import { FAULT_SCENARIOS, runFaults, tallyIncrements } from '@holdfast/contract-tests'
import { KILLED, killProcesses } from './faults/crash.ts'
import { startDynamodbBehindFaults } from './faults/dynamodb.ts'
import { startMemory, startSqlite } from './faults/embedded.ts'
import { startFirestoreWithFaults } from './faults/firestore.ts'
import { startPostgresBehindFaults } from './faults/postgres.ts'
import { printFaults, printFinding, printHead, printTallies } from './faults/report.ts'
import { runEach } from './faults/side-by-side.ts'
import type { Start } from './faults/start.ts'

const STORES: Readonly<Record<string, Start>> = {
  memory: startMemory,
  sqlite: startSqlite,
  postgres: startPostgresBehindFaults,
  dynamodb: startDynamodbBehindFaults,
  firestore: startFirestoreWithFaults,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true, default: [] },
    alone: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed)
const isKnown =
  positionals.every((name) => STORES[name] !== undefined) &&
  values.only.every((name) => name === KILLED || FAULT_SCENARIOS.includes(name))
if (positionals.length === 0 || !isKnown || !Number.isSafeInteger(seed)) {
  console.error(
    `Usage: npm run faults -- <${Object.keys(STORES).join(' | ')}>… [--seed n] [--only scenario]… [--alone]\nScenarios: ${FAULT_SCENARIOS.join(', ')}, ${KILLED}`,
  )
  process.exit(2)
}

const runStore = async (name: string, start: Start): Promise<boolean> => {
  const started = await start(seed)
  const { description, place, beside, address } = started
  try {
    console.log(`Faults on ${name}: ${description}. Seed ${seed}`)
    printHead()
    const isWanted = (scenario: string): boolean =>
      values.only.length === 0 || values.only.includes(scenario)
    const only =
      values.only.length === 0 ? {} : { only: values.only.filter((one) => one !== KILLED) }
    const findings = [...(await runFaults(place, { seed, report: printFinding, ...only }))]
    printFaults(place.line.counts)
    const increments = findings.find((finding) => finding.name === 'increments')
    if (beside !== undefined && increments !== undefined && !values.alone) {
      const { figures, told } = increments
      const ours = { name: 'Holdfast', told, stored: figures['stored'] ?? 0 }
      printTallies([ours, { name: beside.name, ...(await tallyIncrements(place, beside)) }])
    }
    if (address !== undefined && isWanted(KILLED)) {
      const killed = await killProcesses(name, address)
      printFinding(killed)
      findings.push(killed)
    }
    const broken = findings.filter((finding) => finding.broken.length > 0).length
    console.log(`${name}: ${findings.length - broken} scenarios held, ${broken} broken`)
    return broken === 0 && findings.length > 0
  } finally {
    await started.stop()
  }
}

const [name = ''] = positionals
const start = STORES[name]
const options = [
  '--seed',
  values.seed,
  ...(values.alone ? ['--alone'] : []),
  ...values.only.flatMap((one) => ['--only', one]),
]
const isGood =
  positionals.length === 1 && start !== undefined
    ? await runStore(name, start)
    : await runEach(
        import.meta.filename,
        positionals.map((one) => [one, ...options]),
      )
process.exitCode = isGood ? 0 : 1
