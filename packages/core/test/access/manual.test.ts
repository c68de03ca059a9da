import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as access from '@holdfast/core/access'
import { lintPolicies } from '@holdfast/core/access'
import { shopOf } from './shop.ts'

const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8')

test('the entry point exports what the manual is about', () => {
  expect(Object.keys(access).toSorted()).toEqual([
    'accessTable',
    'explainAccess',
    'formatAccessTable',
    'lintPolicies',
  ])
})

test('the manual lists every kind of finding, with its severity', async () => {
  const manual = await read('../../../../docs/access.md')
  const source = await read('../../src/access/finding.ts')
  const kinds = [...source.matchAll(/^ {2}\| '([a-z-]+)'$/gm)].map(([, kind]) => kind)
  const rows = [...manual.matchAll(/^\| `([a-z-]+)` +\| (error|warning) /gm)]
  expect(new Set(rows.map(([, kind]) => kind))).toEqual(new Set(kinds))
  for (const { finding, severity } of lintPolicies(shopOf([])))
    expect(rows.find(([, kind]) => kind === finding)?.[2]).toBe(severity)
})
