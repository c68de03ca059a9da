import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Firestore } from '@google-cloud/firestore'
import { describe, expect, test } from 'vitest'

process.env['METADATA_SERVER_DETECTION'] ??= 'none'
const folder = fileURLToPath(new URL('../', import.meta.url))
const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { bin: string }

const start = (...args: string[]): { child: ChildProcess; output: () => string } => {
  let text = ''
  const child = spawn(process.execPath, [join(folder, manifest.bin), ...args])
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
  return { child, output: () => text }
}

const ended = async (...args: string[]): Promise<{ code: unknown; output: string }> => {
  const { child, output } = start(...args)
  const [code] = (await once(child, 'close')) as unknown[]
  return { code, output: output() }
}

describe('the command line', () => {
  test('starts an emulator, says what it is not, and ends when it is told to', async () => {
    const indexes = join(folder, 'test/firestore/firestore.indexes.json')
    const { child, output } = start('firestore', '--port', '0', '--indexes', indexes)
    await expect.poll(output, { timeout: 20_000 }).toContain('FIRESTORE_EMULATOR_HOST=127.0.0.1:')
    expect(output()).toContain('not the service')
    expect(output()).toMatch(/no vector search, no query explain, no pipelines/)
    const port = Number(/FIRESTORE_EMULATOR_HOST=127.0.0.1:(\d+)/.exec(output())?.[1])
    const db = new Firestore({ projectId: 'tests', host: '127.0.0.1', port, ssl: false })
    await db.doc('items/a').set({ kind: 1, rank: 2 })
    const query = db.collection('items').where('kind', '==', 1).orderBy('rank', 'desc')
    expect((await query.get()).size).toBe(1)
    await db.terminate()
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
  })

  test.for([
    { args: ['--help'], code: 0, words: 'Usage: emulators firestore' },
    { args: ['abacus'], code: 1, words: 'Usage: emulators firestore' },
    { args: ['firestore', '--port', 'x'], code: 1, words: '--port takes a number' },
    { args: ['firestore', '--what'], code: 1, words: "Unknown option '--what'" },
    { args: ['firestore', '--indexes', '/none'], code: 1, words: 'ENOENT' },
  ])('$args ends with $code', async ({ args, code, words }) => {
    const found = await ended(...args)
    expect(found.code).toBe(code)
    expect(found.output).toContain(words)
  })
})

describe('the manual', () => {
  test('shows code that runs', async () => {
    const manual = await readFile(join(folder, 'README.md'), 'utf8')
    const [use = '', faults = ''] = [...manual.matchAll(/```ts\n(.*?)```/gs)].map(
      (found) => found[1],
    )
    // The part on faults is put where the emulator of the first part still runs.
    const code = use.replace('await db.terminate()', `${faults}\nawait db.terminate()`)
    const file = join(folder, `.readme-${process.pid}.mjs`)
    await writeFile(file, code)
    const child = spawn(process.execPath, [file])
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    await once(child, 'close')
    await rm(file)
    expect(output).toMatch(
      /^1\nThe query requires an index\. .*"fieldPath":"total","order":"ASCENDING"/,
    )
  })
})
