import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { whyNoDynamodb } from '@holdfast/engines'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const whyNot = await whyNoDynamodb()
const run = promisify(execFile)
const here = import.meta.dirname
const root = join(here, '../..')

const program = async (...args: string[]): Promise<string> =>
  (await run(process.execPath, args, { cwd: here })).stdout

/** The commands of the workspace. */
const readScripts = async (): Promise<Record<string, string>> => {
  const manifest = await readFile(join(root, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { scripts: Record<string, string> }).scripts
}

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

  test.for(['postgres', 'dynamodb', 'firestore'])(
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
      /sqlite, postgres, dynamodb, firestore/,
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
    const text = await readFile(join(root, document), 'utf8')
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

  test.each(['README.md', 'CONTRIBUTING.md'])('names commands that exist: %s', async (document) => {
    const scripts = await readScripts()
    const text = await readFile(join(root, document), 'utf8')
    const named = [...text.matchAll(/npm run (\w+)/g)].map(([, name = '']) => name)
    for (const name of named) expect(scripts).toHaveProperty([name])
  })

  test('names stores that the commands know', async () => {
    const scripts = await readScripts()
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const commands = [...readme.matchAll(/^npm (?:run )?(\w+) -- (.*?)(\w+) +# (.*)$/gm)]
    expect(commands.map(([, name]) => name)).toEqual(['start', 'contract', 'faults', 'bench'])
    for (const [, name = '', options = '', store = '', comment = ''] of commands) {
      const others = /; or: (.*)$/.exec(comment)?.[1]?.split(', ') ?? []
      // `npm run x` is `node scripts/run.mjs y`, and y is `node program`.
      const inner = scripts[name]?.replace('node scripts/run.mjs ', '') ?? ''
      const file = scripts[inner]?.replace('node ', '') ?? ''
      const args = [join(root, file), ...options.split(' ').filter(Boolean), 'abacus']
      // Given a store that they do not know, all of them say which they do.
      const { stderr } = await run(process.execPath, args).then(
        () => expect.fail(`${file} knows a store that nobody does.`),
        (error: unknown) => error as { readonly stderr: string },
      )
      for (const known of [store, ...others]) expect(stderr).toMatch(new RegExp(`\\b${known}\\b`))
    }
  })
})
