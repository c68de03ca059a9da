import { expect, test } from 'vitest'
import { z } from 'zod'
import { and, defineEntity, not, or } from '../src/index.ts'
import { parseWhere } from '../src/where.ts'
import { caught } from './support/caught.ts'

interface Row {
  readonly id: string
  readonly a: number
}
const { model } = defineEntity('thing', {
  schema: z.object({ id: z.string(), a: z.number() }),
  key: { partition: ['id'] },
})

test('a combination neither becomes JSON nor hides the conditions beside it', async () => {
  for (const filter of [and<Row>({ a: 1 }), or<Row>({ a: 1 }), not<Row>({ a: 1 })]) {
    expect(() => JSON.stringify({ where: filter })).toThrow('cannot become JSON')
    const error = await caught(() => parseWhere(model, { ...filter, id: 'x' }))
    expect([error.code, error.field]).toEqual(['INVALID', 'id'])
    expect(parseWhere(model, { ...filter })).toEqual(parseWhere(model, filter))
  }
})
