import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Comparison } from './benchmark.ts'
import { judged } from './finding.ts'

const GOAL = 10_000
const GATE = 15_000

/** Everything that `@holdfast/core` exports, minified and compressed. */
export const bundleSize: Comparison = async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(import.meta.resolve('@holdfast/core'))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'node22',
    logLevel: 'warning',
  })
  const code = outputFiles[0]?.contents ?? new Uint8Array()
  return [
    judged({
      what: 'size',
      variant: 'minified, gzip -9',
      value: gzipSync(code, { level: 9 }).byteLength,
      unit: 'bytes',
      goal: GOAL,
      limit: GATE,
      note: `minified ${code.byteLength}`,
    }),
  ]
}
