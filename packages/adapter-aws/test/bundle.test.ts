import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const here = import.meta.dirname

test('a function that reads no changes is bundled, and runs, without the client for streams', async () => {
  const folder = await mkdtemp(join(here, '.bundle-'))
  try {
    const entry = join(folder, 'entry.ts')
    const bundle = join(folder, 'bundle.mjs')
    await writeFile(
      entry,
      `import { dynamodb } from '../../src/index.ts'
       console.log(dynamodb().name)`,
    )
    const missing = '@aws-sdk/client-dynamodb-streams'
    const { warnings, errors } = await build({
      entryPoints: [entry],
      outfile: bundle,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
      // As if it were not installed.
      alias: { [missing]: '@holdfast/not-installed' },
      external: ['@aws-sdk/client-dynamodb'],
    })
    expect([...warnings, ...errors]).toEqual([])
    const { stdout } = await promisify(execFile)(process.execPath, [bundle])
    expect(stdout).toBe('dynamodb\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})
