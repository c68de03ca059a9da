import { Decimal } from '@holdfast/core'
import fc from 'fast-check'
import { collect, type Context } from '../case.ts'
import { same } from '../expect.ts'
import { openStore } from '../fixtures.ts'

const { add, suite } = collect('round trip')

/** Random records of every kind, read back exactly. */
export const roundTripSuite = suite

const RECORDS = 20_000
const CHUNK = 500
const IN_FLIGHT = 4
const SEED = 20_261_123

const text = fc.string({ unit: 'binary', maxLength: 30 }).map((one) => one.replaceAll('\0', '~'))
const real = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((one) => (Math.abs(one) < 1e-130 || Math.abs(one) >= 1e126 ? 0.5 : one))
const big = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const money = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
    fc.integer({ min: -130, max: 91 }),
  )
  .map(([digits, exponent]) => Decimal.from(`${digits}e${exponent}`))
const at = fc.date({
  min: new Date('0001-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const raw = fc.uint8Array({ maxLength: 24 })
const scalar = fc.oneof(
  text,
  fc.maxSafeInteger(),
  real,
  big,
  money,
  fc.boolean(),
  at,
  raw,
  fc.constant(null),
)

const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .map((one) => (one.includes('.') || /^[_$]/.test(one) ? `n${one.replaceAll('.', '·')}` : one))

/** Arrays and objects in each other, as the store's values may be. */
const nested: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 3, depthSize: 'small' }, scalar, tie('list'), tie('doc')),
  list: fc.array(tie('any'), { maxLength: 4 }),
  doc: fc.dictionary(name, tie('any'), { maxKeys: 4 }),
})).any

const optional = (kind: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary: kind }, fc.constantFrom(null, undefined))

const values = fc.record({
  text: optional(text),
  whole: optional(fc.maxSafeInteger()),
  real: optional(real),
  big: optional(big),
  money: optional(money),
  flag: optional(fc.boolean()),
  at: optional(at),
  raw: optional(raw),
  list: optional(fc.array(nested, { maxLength: 4 })),
  doc: optional(fc.dictionary(name, nested, { maxKeys: 4 })),
  any: optional(nested),
})

/** What must come back: no `undefined`, -0 as 0. */
const expected = (value: unknown): unknown => {
  if (typeof value === 'number') return value === 0 ? 0 : value
  if (Array.isArray(value)) return value.map(expected)
  if (typeof value !== 'object' || value === null) return value
  if (Decimal.isDecimal(value) || value instanceof Date || value instanceof Uint8Array) return value
  const present = Object.entries(value).filter(([, one]) => one !== undefined)
  return Object.fromEntries(present.map(([field, one]) => [field, expected(one)]))
}

const runChunk = async (context: Context, chunk: number, size: number): Promise<void> => {
  const { db } = openStore(context)
  const place = `${context.unique}-${chunk}`
  const made = fc
    .sample(values, { numRuns: size, seed: SEED + chunk })
    .map((one, index) => ({ place, id: `r${index}`, ...one }))
  const outcomes = await db.everything.createMany(made as never)
  outcomes.forEach((outcome, index) => {
    if (!outcome.ok)
      throw new Error(
        `Record ${index} of seed ${SEED + chunk} is refused: ${fc.stringify(made[index])}`,
        { cause: outcome.error },
      )
  })
  const read = await db.everything.getMany(made.map(({ id }) => ({ place, id })))
  made.forEach((one, index) => {
    try {
      same(read[index], expected(one))
    } catch (error) {
      throw new Error(`Record ${index} of seed ${SEED + chunk} differs: ${fc.stringify(one)}`, {
        cause: error,
      })
    }
  })
}

add('random records of every kind come back exactly', async (context) => {
  const total = Math.max(200, Math.round(RECORDS * (context.harness.scale ?? 1)))
  const chunks = Math.ceil(total / CHUNK)
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < chunks) {
      const chunk = next++
      await runChunk(context, chunk, Math.min(CHUNK, total - chunk * CHUNK))
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
})
