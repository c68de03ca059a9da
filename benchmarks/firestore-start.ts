import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Comparison } from './benchmark.ts'
import type { Finding } from './finding.ts'
import { spreadOf } from './harness.ts'

const run = promisify(execFile)

/** Milliseconds that a fresh process takes to load a module. */
const loading = async (url: string): Promise<number> => {
  const code = `const start = performance.now(); await import(${JSON.stringify(url)}); console.log(performance.now() - start)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code])
  return Number(stdout)
}

/** The adapter and core as one file, as a deployment has them: types are taken off before. */
const bundled = async (folder: string): Promise<string> => {
  const outfile = join(folder, 'adapter.mjs')
  await build({
    entryPoints: [fileURLToPath(import.meta.resolve('@holdfast/adapter-gcp'))],
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['@google-cloud/firestore'],
    logLevel: 'warning',
  })
  return pathToFileURL(outfile).href
}

/** What loading takes in a fresh process, files in the cache of the system. */
export const coldStart: Comparison = async ({ rounds }) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  try {
    const modules = new Map([
      ['adapter, which loads no client', await bundled(folder)],
      ['client', import.meta.resolve('@google-cloud/firestore')],
    ])
    const times = new Map([...modules.keys()].map((name): [string, number[]] => [name, []]))
    for (const url of modules.values()) await loading(url)
    for (let round = 0; round < rounds; round += 1)
      for (const [name, url] of modules) times.get(name)?.push(await loading(url))
    return [...times].map(([variant, values]): Finding => {
      const { median, lower, upper } = spreadOf(values)
      return { what: 'cold import', variant, value: median, unit: 'ms', lower, upper }
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}
