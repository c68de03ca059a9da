import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Firestore } from '@google-cloud/firestore'
import { beforeAll, expect, test } from 'vitest'
import { testPlace } from '../place.ts'

const place = testPlace()
const here = import.meta.dirname
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(here, '.readme-'))
  return () => rm(folder, { recursive: true })
})

test('the snippet of the README runs as written', async () => {
  const readme = await readFile(join(here, '../../README.md'), 'utf8')
  const snippets = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '')
  expect(snippets).toHaveLength(1)
  const [code = ''] = snippets
  const file = join(folder, 'snippet.ts')
  await writeFile(file, code)
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    // Where the client looks by itself.
    env: { ...process.env, FIRESTORE_EMULATOR_HOST: place.host() },
  })
  const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, said]) => said)
  expect(stdout.trim().split('\n')).toEqual(promised)
  const client = new Firestore({
    projectId: 'my-project',
    host: place.host(),
    ssl: false,
    universeDomain: 'googleapis.com',
  })
  const order = await client.doc('prod-order/6acme!6o1!').get()
  expect(order.data()).toMatchObject({ tenantId: 'acme', orderId: 'o1', total: 19.99 })
  await client.terminate()
})

test('the roles of the README are JSON', async () => {
  const readme = await readFile(join(here, '../../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text ?? '')
  expect(blocks).toHaveLength(2)
  for (const text of blocks) expect(() => JSON.parse(text)).not.toThrow()
})
