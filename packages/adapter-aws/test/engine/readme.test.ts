import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ListTablesCommand } from '@aws-sdk/client-dynamodb'
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
    env: {
      ...process.env,
      // Where the SDK looks by itself.
      AWS_ENDPOINT_URL_DYNAMODB: place.endpoint(),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
  })
  const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(([, said]) => said)
  expect(stdout.trim().split('\n')).toEqual(promised)
  const { TableNames } = await place.client().send(new ListTablesCommand())
  expect(TableNames).toContain('prod-order')
})

test('the policies of the README are JSON', async () => {
  const readme = await readFile(join(here, '../../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text ?? '')
  expect(blocks).toHaveLength(2)
  for (const text of blocks)
    expect(() => {
      JSON.parse(text.startsWith('{') ? text : `{${text}}`)
    }).not.toThrow()
})
