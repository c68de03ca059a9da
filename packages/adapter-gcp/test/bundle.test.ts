import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const here = import.meta.dirname

test('a program is bundled, and says what is missing where the client is not installed', async () => {
  const folder = await mkdtemp(join(here, '.bundle-'))
  try {
    const entry = join(folder, 'entry.ts')
    const bundle = join(folder, 'bundle.mjs')
    await writeFile(
      entry,
      `import { firestore } from '../../src/index.ts'
       const driver = firestore({ projectId: 'p' })
       console.log(driver.name)
       const entity = { name: 'x', fields: {}, key: { partition: [], sort: [] }, indexes: {} }
       await driver.get(entity, [[]], {}).catch(({ code }) => console.log(code))`,
    )
    const { warnings, errors } = await build({
      entryPoints: [entry],
      outfile: bundle,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
      // As if it were not installed.
      alias: { '@google-cloud/firestore': '@holdfast/not-installed' },
      external: ['@holdfast/not-installed'],
    })
    expect([...warnings, ...errors]).toEqual([])
    const { stdout } = await promisify(execFile)(process.execPath, [bundle])
    expect(stdout).toBe('firestore\nMISCONFIGURED\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})
