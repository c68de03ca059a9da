// Side-by-side measurements: npm run bench -- <core|policy|types|sqlite|dynamodb|firestore|postgres|all> [--rounds n] [--rows n] [--only comparison] [--gate]
import { fork } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BENCHMARKS, type RunOptions } from './benchmark.ts'
import { describe, type Finding, machine, roundedFinding } from './finding.ts'

const DEFAULT_ROUNDS = 15
const DEFAULT_ROWS = 1_000_000

const inItsOwnProcess = (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> =>
  new Promise((resolve, reject) => {
    let findings: readonly Finding[] | undefined
    const child = fork(join(import.meta.dirname, 'worker.ts'), args, {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning', ...process.execArgv],
      env: { ...process.env, ...environment },
    })
    child.on('message', (message) => (findings = message as readonly Finding[]))
    child.on('error', reject)
    child.on('exit', (code) => {
      if (findings === undefined)
        reject(new Error(`${args.slice(0, 2).join(' ')} ended with ${code} and no findings.`))
      else resolve(findings)
    })
  })

const runBenchmark = async (
  name: string,
  options: RunOptions,
  only: string | undefined,
): Promise<readonly Finding[]> => {
  const benchmark = await BENCHMARKS[name]?.()
  if (benchmark === undefined)
    throw new Error(`${name} is no benchmark; name ${Object.keys(BENCHMARKS).join(', ')} or all.`)
  const surroundings = await benchmark.start?.()
  const findings: Finding[] = []
  console.log(`\n${name} (${options.rounds} rounds)`)
  try {
    for (const comparison of Object.keys(benchmark.comparisons)) {
      if (only !== undefined && only !== comparison) continue
      const found = await inItsOwnProcess(
        [name, comparison, JSON.stringify(options)],
        surroundings?.environment ?? {},
      )
      for (const finding of found) console.log(describe(finding))
      findings.push(...found)
    }
  } finally {
    await surroundings?.stop()
  }
  return findings
}

const save = async (name: string, options: RunOptions, findings: readonly Finding[]) => {
  const folder = join(import.meta.dirname, 'results')
  await mkdir(folder, { recursive: true })
  const result = {
    name,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    ...options,
    findings: findings.map(roundedFinding),
  }
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
    rows: { type: 'string', default: String(DEFAULT_ROWS) },
    only: { type: 'string' },
    gate: { type: 'boolean', default: false },
  },
})
const options: RunOptions = { rounds: Number(values.rounds), rows: Number(values.rows) }
if (!(options.rounds >= 1 && options.rows >= 1000))
  throw new Error('--rounds must be at least 1, and --rows at least 1000.')
const names = positionals.flatMap((name) => (name === 'all' ? Object.keys(BENCHMARKS) : [name]))
if (names.length === 0) throw new Error(`Name ${Object.keys(BENCHMARKS).join(', ')} or all.`)

let failed = 0
for (const name of names) {
  const findings = await runBenchmark(name, options, values.only)
  // A part of a benchmark is for looking at; only whole ones are kept.
  if (values.only === undefined) await save(name, options, findings)
  failed += findings.filter((finding) => finding.failed === true).length
}
if (failed > 0) console.log(`\n${failed} gates fail${values.gate ? '.' : '; --gate would say so.'}`)
process.exitCode = values.gate && failed > 0 ? 1 : 0
