// Runs the contract on one store, or some of its suites: node scripts/contract.ts <store> [--suite <part of a name>]… [--bail]
// Starts what the store needs.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dynamodb } from '@holdfast/adapter-aws'
import { firestore } from '@holdfast/adapter-gcp'
import { pglite, postgres, sqlite } from '@holdfast/adapter-sql'
import { type Harness, runCases, sharedPlace, suites } from '@holdfast/contract-tests'
import { memory } from '@holdfast/core/memory'
import {
  createDatabase,
  DYNAMODB_CLIENT,
  FIRESTORE_CLIENT,
  startDynamodb,
  startFirestore,
  startPostgres,
} from '@holdfast/engines'

interface Started {
  /** How the store was started, for the head of the report. */
  readonly description: string
  readonly harness: Omit<Harness, 'name'>
}

const startSqlite = async (): Promise<Started> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-contract-'))
  const file = join(folder, 'contract.db')
  return {
    description: `SQLite of Node ${process.version} in ${file}`,
    harness: {
      open: async () => sqlite({ file }),
      dispose: () => rm(folder, { recursive: true }),
    },
  }
}

const startServer = async (): Promise<Started> => {
  const engine = await startPostgres()
  const connectionString = await createDatabase(engine.url)
  return {
    description: `${engine.description}, in a fresh database`,
    harness: { open: async () => postgres({ connectionString }), dispose: () => engine.stop() },
  }
}

const startAws = async (): Promise<Started> => {
  const engine = await startDynamodb()
  const { endpoint, description } = engine
  // The tables of an earlier run may be there still.
  const tablePrefix = `run-${Date.now().toString(36)}-${process.pid.toString(36)}-`
  return {
    description: `${description}, tables ${tablePrefix}*`,
    harness: {
      // DynamoDB Local slows down at every write by what its streams keep: one is enough.
      open: async () => dynamodb({ ...DYNAMODB_CLIENT, endpoint, tablePrefix, streams: ['drive'] }),
      dispose: () => engine.stop(),
    },
  }
}

const startGcp = async (): Promise<Started> => {
  const engine = await startFirestore()
  const { host: emulatorHost, description, gaps } = engine
  // The collections of an earlier run may be there still.
  const collectionPrefix = `run-${Date.now().toString(36)}-`
  return {
    description: `${description}, collections ${collectionPrefix}*`,
    harness: {
      open: async () => firestore({ ...FIRESTORE_CLIENT, emulatorHost, collectionPrefix }),
      dispose: () => engine.stop(),
      gaps,
      // No filter is evaluated by Firestore: each query brings all records of its partition. 810 filters.
      scale: 0.27,
    },
  }
}

const STORES: Readonly<Record<string, () => Promise<Started>>> = {
  memory: async () => ({ description: 'this process', harness: sharedPlace(memory()) }),
  sqlite: startSqlite,
  postgres: startServer,
  dynamodb: startAws,
  firestore: startGcp,
  pglite: async () => ({
    description: 'PGlite in memory, one connection',
    harness: { ...sharedPlace(pglite()), concurrent: false },
  }),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'string', multiple: true, default: [''] },
    bail: { type: 'boolean', default: false },
  },
})
const [name = ''] = positionals
const start = STORES[name]
const selected = suites.filter((suite) => values.suite.some((part) => suite.name.includes(part)))
if (start === undefined || selected.length === 0) {
  console.error(
    `Usage: npm run contract -- <${Object.keys(STORES).join(' | ')}> [--suite <part of a name>]… [--bail]\nSuites: ${suites.map((suite) => suite.name).join(', ')}`,
  )
  process.exit(2)
}

const { description, harness } = await start()
// Those of suites that are left out would name no case.
const gaps = Object.fromEntries(
  Object.entries(harness.gaps ?? {}).filter(([gap]) =>
    selected.some((suite) => gap.startsWith(`${suite.name}: `)),
  ),
)
console.log(`Contract on ${name}: ${description}`)
const report = await runCases(
  { name, ...harness, gaps },
  { report: (text) => console.log(text), suites: selected, bail: values.bail },
)
if (report.skipped > 0) console.log(`${report.skipped} cases do not apply to this store`)
console.log(`${report.gaps} known gaps`)
console.log(`${report.passed} passed, ${report.failed} failed`)
process.exitCode = report.failed === 0 ? 0 : 1
