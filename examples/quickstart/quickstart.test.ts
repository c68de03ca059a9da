import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { whyNoDynamodb } from '@holdfast/engines'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const whyNot = await whyNoDynamodb()
const run = promisify(execFile)
const here = import.meta.dirname

const program = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, args, { cwd: here })).stdout

describe('the quickstart', () => {
  test('prints what each role sees, the refusals, the pages and the plan', async () => {
    const output = await program('main.ts')
    expect(output).toContain('orders      read  create  update  delete')
    expect(output).toMatch(/read +allow finance +tenantId = me.tenantId; reveals margin/)
    expect(output).toContain('"margin":10')
    expect(output.match(/"margin"/g)).toHaveLength(1)
    expect(output).toContain('customer c2 nothing')
    expect(output).toContain(
      'FORBIDDEN. This actor may not update this order: rule shipped-is-final refuses it.',
    )
    expect(output).toContain('page 1: o2 200, o3 300')
    expect(output).toContain('page 2, after reopening the store: o4 400, o5 500')
    expect(output).toContain('index: byStatus')
    expect(output).toContain("declare an index { partition: ['customerId'")
  })

  test.for(['postgres', 'dynamodb'])(
    'prints the same on %s, line by line',
    async (store, { skip }) => {
      if (store === 'dynamodb') skip(whyNot !== undefined, whyNot)
      const [onSqlite, onOther] = [
        await program('main.ts'),
        await program('main.ts', '--store', store),
      ]
      expect(onOther.split('\n')).toEqual(onSqlite.split('\n'))
    },
  )

  test('names the stores it knows', async () => {
    await expect(program('main.ts', '--store', 'abacus')).rejects.toThrow(
      /sqlite, postgres, dynamodb/,
    )
  })
})

describe('every snippet of the manual', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(here, '.readme-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each(['README.md', 'docs/access.md'])('runs as written: %s', async (document) => {
    const text = await readFile(join(here, '../..', document), 'utf8')
    const snippets = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code ?? '')
    expect(snippets).toHaveLength(1)
    for (const [at, code] of snippets.entries()) {
      const file = join(folder, `snippet-${at}.ts`)
      await writeFile(file, code)
      const { stdout } = await run(process.execPath, [file], { cwd: folder })
      const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(
        ([, comment]) => comment,
      )
      expect(stdout.trim().split('\n')).toEqual(promised)
    }
  })

  test('names commands that exist', async () => {
    const readme = await readFile(join(here, '../../README.md'), 'utf8')
    const { scripts } = JSON.parse(await readFile(join(here, '../../package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const [, name] of readme.matchAll(/npm run (\w+)/g))
      expect(scripts).toHaveProperty(name ?? '')
  })
})
