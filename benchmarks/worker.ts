// One comparison in a process of its own, started by run.ts: its variants and nothing else.
import { BENCHMARKS, type RunOptions } from './benchmark.ts'

const [name = '', comparison = '', options = '{}'] = process.argv.slice(2)
const benchmark = await BENCHMARKS[name]?.()
const run = benchmark?.comparisons[comparison]
if (run === undefined) throw new Error(`There is no comparison ${name} ${comparison}.`)
const findings = await run(JSON.parse(options) as RunOptions)
// Pools and servers may keep the process alive; what matters has been sent.
process.send?.(findings, () => process.exit(0))
