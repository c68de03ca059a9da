import { memory } from '@holdfast/core/memory'
import { runCases, sharedPlace } from '../src/index.ts'
const r = await runCases({ name: 'memory', ...sharedPlace(memory()) }, { report: console.log, timeoutMs: 20000 })
console.log(r.passed, r.failed, r.gaps, r.skipped, r.outcomes.filter(o=>o.milliseconds>60).map(o=>o.name+' '+Math.round(o.milliseconds)))
process.exit(0)
