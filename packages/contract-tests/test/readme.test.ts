import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const snippets: string[] = []
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, '.readme-'))
  const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  for (const [, code = ''] of readme.matchAll(/```ts\n(.*?)```/gs)) snippets.push(code)
})
afterAll(() => rm(folder, { recursive: true }))

test('the first snippet is the test that runs the contract on memory', async () => {
  const contract = await readFile(join(import.meta.dirname, 'contract.test.ts'), 'utf8')
  const lines = (code = ''): readonly string[] =>
    code.replace('../src/index.ts', '@holdfast/contract-tests').split('\n').toSorted()
  expect(lines(contract)).toEqual(lines(snippets[0]))
})

test.each([
  ['the attacks on an application', 1, 20],
  ['the faults on a store', 2, 0],
  ['the questions to a driver', 3, 0],
])('%s run as written, and find nothing', async (_, at, more) => {
  expect(snippets).toHaveLength(4)
  const file = join(folder, `snippet-${at}.test.ts`)
  await writeFile(file, snippets[at] ?? '')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { stdout } = await run(process.execPath, [vitest, 'run', '--project', 'unit', file], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
  })
  const [, passed] = /Tests\s+(\d+) passed \(\d+\)/.exec(stdout) ?? []
  expect(Number(passed)).toBeGreaterThan(more)
})
