import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { expect, test } from 'vitest'
import { pglite } from '../src/index.ts'
import { model, put } from './stores.ts'

const note = model('note', { id: 'string', n: 'integer' }, { partition: ['id'], sort: [] })

test('a directory keeps its records, and close ends the client that the driver opened', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-pglite-'))
  const first = pglite({ dataDir })
  expect(first.native()).toBeUndefined()
  await first.schema.apply([note])
  await first.write([put(note, { id: 'a', n: 1 }), put(note, { id: 'b', n: 2 })], { atomic: true })
  const client = first.native() as PGlite
  await first.close()
  expect(client.closed).toBe(true)
  const second = pglite({ dataDir })
  expect(await second.get(note, [['b']], {})).toMatchObject([{ value: { id: 'b', n: 2 } }])
  await second.close()
  rmSync(dataDir, { recursive: true })
})
