import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { SCENARIOS } from '../src/fault-run/run-faults.ts'

const manual = await readFile(join(import.meta.dirname, '../../../docs/reliability.md'), 'utf8')

test('the example of an unknown outcome runs as written', async () => {
  const folder = await mkdtemp(join(import.meta.dirname, '.reliability-'))
  try {
    const [, code = ''] = /```ts\n(.*?)```/s.exec(manual) ?? []
    const file = join(folder, 'example.ts')
    await writeFile(file, code)
    const { stdout } = await promisify(execFile)(process.execPath, [file])
    expect(stdout).toBe('2\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the manual names every scenario', () => {
  for (const { name } of SCENARIOS) expect(manual).toContain(`| ${name} `)
})
