import type { Driver, EntityModel } from '@holdfast/core'
import type { QueryRequest, SegmentDriver, StoredRecord } from '@holdfast/core/driver'
import { type Case, collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { entities, openStore } from '../fixtures.ts'

const { add, suite } = collect('segments')

/** All records of an entity in parts, read side by side, where the store can. */
export const segmentsSuite = suite

const hasSegments: NonNullable<Case['applies']> = ({ driver }) =>
  driver.capabilities.segments === 'many'

const File: EntityModel = entities.files.model
const COUNT = 40

const load = async (context: Context): Promise<readonly string[]> => {
  const { db } = openStore(context)
  const names = Array.from({ length: COUNT }, (_, at) => `f${100 + at}`)
  const place = { tenantId: context.unique, folderId: 'f' }
  for (const result of await db.files.createMany(names.map((name) => ({ ...place, name }))))
    holds(result.ok, 'the files are there')
  // In the same group, so perhaps in the same table.
  await db.folders.create({ tenantId: context.unique, folderId: 'f' })
  return names
}

type Page = Pick<QueryRequest, 'limit' | 'after'>

const readPage = async (driver: Driver, segment: string, { limit, after }: Page) =>
  driver.query(
    {
      entity: File,
      index: undefined,
      partition: undefined,
      segment,
      prefix: [],
      range: undefined,
      descending: false,
      filter: undefined,
      after,
      limit,
      count: false,
      consistency: 'strong',
    },
    {},
  )

const read = async (
  driver: Driver,
  segment: string,
  limit: number,
  between: () => Promise<unknown> = async () => undefined,
): Promise<readonly StoredRecord[]> => {
  const records: StoredRecord[] = []
  let after: Page['after']
  do {
    const page = await readPage(driver, segment, { limit, after })
    holds(page.records.length <= limit, 'a page is not larger than asked for')
    records.push(...page.records)
    after = page.next
    await between()
  } while (after !== undefined)
  return records
}

const namesOf = ({ unique }: Context, records: readonly StoredRecord[]): readonly unknown[] =>
  records
    .filter(({ value }) => value['tenantId'] === unique)
    .map(({ value }) => value['name'])
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1))

for (const [count, limit] of [
  [1, 7],
  [3, 1000],
  [8, 3],
] as const)
  add(
    `${count} hold every record once, ${limit} to a page`,
    async (context) => {
      const names = await load(context)
      const driver = context.driver as SegmentDriver
      const segments = driver.segments(File, count)
      same([segments.length, new Set(segments).size], [count, count])
      const parts = await Promise.all(segments.map((segment) => read(driver, segment, limit)))
      same(namesOf(context, parts.flat()), names)
      holds(
        parts.flat().every(({ value }) => 'name' in value),
        'records of other entities are left out',
      )
      const key = [context.unique, 'f', 'f100']
      const [stored] = await driver.get(File, [key], {})
      const found = parts
        .flat()
        .find(({ value }) => value['tenantId'] === context.unique && value['name'] === 'f100')
      same(found, stored)
    },
    hasSegments,
  )

add(
  'another process goes on where one stopped, while records come and go',
  async (context) => {
    const names = await load(context)
    const { db } = openStore(context)
    const segments = (context.driver as SegmentDriver).segments(File, 3)
    const other = await context.harness.open()
    const drivers = [context.driver, other]
    let turn = 0
    const place = { tenantId: context.unique, folderId: 'f' }
    const disturb = async (): Promise<void> => {
      await db.files.create({ ...place, name: `g${turn}` })
      if (turn > 0) await db.files.delete({ ...place, name: `g${turn - 1}` })
      await db.files.update({ ...place, name: 'f101' }, { size: turn })
    }
    const seen: StoredRecord[] = []
    for (const segment of segments) {
      let after: Page['after']
      do {
        turn += 1
        const page = await readPage(drivers[turn % 2] ?? other, segment, { limit: 4, after })
        seen.push(...page.records)
        after = page.next
        await disturb()
      } while (after !== undefined)
    }
    await other.close()
    const stable = namesOf(context, seen).filter((name) => String(name).startsWith('f'))
    same(stable, names)
  },
  hasSegments,
)

add(
  'a number of segments that is no number is refused',
  async ({ driver }) => {
    for (const count of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await refused(async () => (driver as SegmentDriver).segments(File, count), 'INVALID')
  },
  hasSegments,
)

add(
  'a store that cannot split its records has no segments',
  async ({ driver }) => holds(!('segments' in driver), 'there is no such member'),
  (context) => !hasSegments(context),
)
