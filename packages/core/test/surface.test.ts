import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as core from '@holdfast/core'
import * as driver from '@holdfast/core/driver'
import * as memory from '@holdfast/core/memory'

const folder = join(import.meta.dirname, '..', 'src')
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)

const withoutComments = (source: string): string =>
  source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

describe('the exported names', () => {
  test('of @holdfast/core', () =>
    expect(Object.keys(core).toSorted()).toEqual([
      'Decimal',
      'HoldfastError',
      'and',
      'append',
      'between',
      'createStore',
      'defineActor',
      'defineEntity',
      'definePolicy',
      'exists',
      'gt',
      'gte',
      'has',
      'increment',
      'isHoldfastError',
      'isNull',
      'lt',
      'lte',
      'not',
      'oneOf',
      'or',
      'remove',
      'startsWith',
    ]))

  test('of @holdfast/core/driver', () =>
    expect(Object.keys(driver).toSorted()).toEqual([
      'Decimal',
      'HoldfastError',
      'LANES',
      'VERSION_LENGTH',
      'compareDefinition',
      'compareScalars',
      'decodeNumber',
      'definitionText',
      'encodeKeyText',
      'encodeNumber',
      'encodeTuple',
      'evaluate',
      'insist',
      'isHoldfastError',
      'keyOf',
      'laneOf',
      'orderFields',
      'pause',
      'positionOf',
      'prefixEnd',
      'refuses',
      'textBounds',
      'valueAfter',
      'withId',
      'withSignal',
      'writeApart',
    ]))

  test('of @holdfast/core/memory', () => expect(Object.keys(memory)).toEqual(['memory']))
})

describe('the sources', () => {
  test('are there', () => expect(sources.length).toBeGreaterThan(20))

  test.each(sources)('%s imports nothing but its neighbours', (_, source) => {
    const specifiers = [
      ...source.matchAll(/\b(?:from\s|import\s|import\s*\()\s*['"]([^'"]+)['"]/g),
      ...source.matchAll(/\brequire\s*\(\s*['"]([^'"]+)['"]/g),
    ].map(([, specifier]) => specifier)
    expect(specifiers.filter((one) => !/^\.\.?\/[\w./-]+\.ts$/.test(one ?? ''))).toEqual([])
    expect(withoutComments(source)).not.toMatch(/\b(process|Buffer|globalThis|require)\b[.(]/)
  })

  test.each(sources)('%s has no any, no non-null assertion, no suppressed error', (_, source) => {
    expect(withoutComments(source)).not.toMatch(/[:<|&,]\s*any\b|\bas any\b|\bany\[\]/)
    expect(source).not.toMatch(/@ts-(ignore|expect-error|nocheck)/)
  })

  test.each(sources)('%s has at most 300 lines', (_, source) =>
    expect(source.split('\n').length - 1).toBeLessThanOrEqual(300),
  )

  test('the package has no dependencies', () => {
    const manifest = JSON.parse(readFileSync(join(folder, '..', 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >
    for (const name of ['dependencies', 'peerDependencies', 'optionalDependencies'])
      expect(manifest).not.toHaveProperty(name)
  })
})
