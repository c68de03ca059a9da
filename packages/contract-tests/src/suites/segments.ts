import type { Driver, EntityModel } from '@holdfast/core'
import type { CallOptions, QueryRequest, SegmentDriver, StoredRecord } from '@holdfast/core/driver'
import { type Case, collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { entities, openStore } from '../fixtures.ts'

const { add, suite } = collect('segments')

/** All records of an entity in parts, read side by side, where the store can. */
export const segmentsSuite = suite

const hasSegments: NonNullable<Case['applies']> = ({ driver }) =>
  driver.capabilities.segments === 'many'

const File: EntityModel = entities.files.model
const Session: EntityModel = entities.sessions.model
const COUNT = 40

const fileOf = ({ unique }: Context, name: string) => ({ tenantId: unique, folderId: 'f', name })

const load = async (context: Context): Promise<readonly string[]> => {
  const { db } = openStore(context)
  const names = Array.from({ length: COUNT }, (_, at) => `f${100 + at}`)
  for (const result of await db.files.createMany(names.map((name) => fileOf(context, name))))
    holds(result.ok, 'the files are there')
  // In the same group, so perhaps in the same table.
  await db.folders.create({ tenantId: context.unique, folderId: 'f' })
  return names
}

const segmentsOf = ({ driver }: Context, count: number, entity = File): readonly string[] =>
  (driver as SegmentDriver).segments(entity, count)

type Page = Pick<QueryRequest, 'limit' | 'after'> & {
  readonly segment: string
  readonly entity?: EntityModel
}

const readPage = (driver: Driver, page: Page, options: CallOptions = {}) =>
  driver.query(
    {
      entity: File,
      index: undefined,
      partition: undefined,
      prefix: [],
      range: undefined,
      descending: false,
      filter: undefined,
      count: false,
      consistency: 'strong',
      ...page,
    },
    options,
  )

/** All records of a segment, with a pause for `between` after each page. */
const read = async (
  nextDriver: () => Driver,
  page: Omit<Page, 'after'>,
  between: (page: readonly StoredRecord[]) => Promise<unknown> = async () => undefined,
): Promise<readonly StoredRecord[]> => {
  const all: StoredRecord[] = []
  let after: Page['after']
  do {
    const { records, next } = await readPage(nextDriver(), { ...page, after })
    holds(records.length <= page.limit, 'a page is not larger than asked for')
    all.push(...records)
    after = next
    await between(records)
  } while (after !== undefined)
  return all
}

const nameOf = ({ value }: StoredRecord): string => String(value['name'])

/** The records of this case, by name. Other cases have theirs in the same tables. */
const ours = ({ unique }: Context, records: readonly StoredRecord[]): readonly StoredRecord[] =>
  records
    .filter(({ value }) => value['tenantId'] === unique)
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))

for (const count of [1, 3, 8])
  for (const limit of [1, 7, 100])
    add(
      `${count} hold every record once, as it is stored, ${limit} to a page`,
      async (context) => {
        const { driver, unique } = context
        const names = await load(context)
        const segments = segmentsOf(context, count)
        same([segments.length, new Set(segments).size], [count, count])
        const parts = await Promise.all(
          segments.map((segment) => read(() => driver, { segment, limit })),
        )
        const all = parts.flat()
        same(ours(context, all).map(nameOf), names)
        holds(
          all.every(({ value }) => typeof value['name'] === 'string'),
          'records of other entities are left out',
        )
        const keys = names.map((name) => [unique, 'f', name])
        same(ours(context, all), await driver.get(File, keys, {}))
      },
      hasSegments,
    )

add(
  'another process goes on where one stopped, while records come, change and go',
  async (context) => {
    const names = await load(context)
    const { db } = openStore(context)
    const other = await context.harness.open()
    let turn = 0
    const nextDriver = () => ((turn += 1) % 2 === 0 ? context.driver : other)
    const disturb = async (): Promise<void> => {
      await db.files.create(fileOf(context, `g${turn}`))
      if (turn > 1) await db.files.delete(fileOf(context, `g${turn - 1}`))
    }
    const seen: StoredRecord[] = []
    for (const segment of segmentsOf(context, 3)) {
      seen.push(...(await read(nextDriver, { segment, limit: 4 }, disturb)))
      // No record may move to another segment.
      const changed = names.map((name) => ({ ...fileOf(context, name), size: turn }))
      for (const result of await db.files.putMany(changed)) holds(result.ok, 'the files change')
    }
    await other.close()
    const stable = ours(context, seen).map(nameOf)
    same(
      stable.filter((name) => name.startsWith('f')),
      names,
    )
  },
  hasSegments,
)

add(
  'segments stay where they are, however many records come',
  async (context) => {
    const names = await load(context)
    const { db } = openStore(context)
    const isFirst = (record: StoredRecord): boolean => nameOf(record).startsWith('f')
    const seen: StoredRecord[] = []
    let hasGrown = false
    // So many that the records of this case lie in several, where segments are ranges of keys.
    for (const segment of segmentsOf(context, 50)) {
      seen.push(...ours(context, await read(() => context.driver, { segment, limit: 100 })))
      if (hasGrown || !seen.some(isFirst)) continue
      hasGrown = true
      const before = Array.from({ length: 100 }, (_, at) => fileOf(context, `e${100 + at}`))
      for (const result of await db.files.createMany(before)) holds(result.ok, 'records come')
    }
    same(ours(context, seen.filter(isFirst)).map(nameOf), names)
  },
  hasSegments,
)

add(
  'a segment goes on behind a record that has gone',
  async (context) => {
    const names = await load(context)
    const { db } = openStore(context)
    let gone = 0
    const remove = async (page: readonly StoredRecord[]): Promise<void> => {
      const last = page.at(-1)
      if (last?.value['tenantId'] !== context.unique) return
      await db.files.delete(fileOf(context, nameOf(last)))
      gone += 1
    }
    const parts: (readonly StoredRecord[])[] = []
    for (const segment of segmentsOf(context, 3))
      parts.push(await read(() => context.driver, { segment, limit: 2 }, remove))
    same(ours(context, parts.flat()).map(nameOf), names)
    holds(gone > 0, 'records have gone')
  },
  hasSegments,
)

add(
  'a record that has expired is read while it takes space',
  async (context) => {
    const { driver, unique } = context
    const { db, clock } = openStore(context)
    // So long ago that some stores leave it: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
    const endsAt = new Date('2010-01-01')
    clock.set(endsAt.getTime() - 1000)
    await db.sessions.create({ place: unique, id: 'a', holder: 'h', endsAt })
    const isThere = async (): Promise<boolean> => {
      const [stored] = await driver.get(Session, [[unique, 'a']], {})
      return stored !== undefined
    }
    const page = { entity: Session, limit: 100 }
    const parts = await Promise.all(
      segmentsOf(context, 3, Session).map((segment) => read(() => driver, { ...page, segment })),
    )
    const found = parts.flat().filter(({ value }) => value['place'] === unique)
    if (await isThere()) same(found.length, 1)
    else holds(found.length <= 1, 'a record is not read twice')
  },
  hasSegments,
)

add(
  'a number of segments that the store does not know is refused',
  async (context) => {
    const { NaN: none, POSITIVE_INFINITY: endless, MAX_SAFE_INTEGER: huge } = Number
    for (const count of [0, -1, 1.5, none, endless, huge])
      await refused(async () => segmentsOf(context, count), 'INVALID')
  },
  hasSegments,
)

add(
  'what is no segment is refused, and does not look like an empty one',
  async (context) => {
    const [first = ''] = segmentsOf(context, 3)
    for (const segment of ['', 'no segment', ` ${first}`, `${first}/${first}`])
      await refused(
        () => readPage(context.driver, { segment, limit: 10, after: undefined }),
        'INVALID',
      )
  },
  hasSegments,
)

add(
  'a signal that has aborted ends the reading of a segment',
  async (context) => {
    const { driver } = context
    const [segment = ''] = segmentsOf(context, 1)
    const page = { segment, limit: 10, after: undefined }
    const signal = AbortSignal.abort(new Error('the worker was stopped'))
    const code = await readPage(driver, page, { signal }).then(
      () => 'none',
      (error: unknown) => driver.classify(error).code,
    )
    same(code, 'CANCELLED')
  },
  hasSegments,
)

add(
  'a store that cannot split its records has no segments',
  async ({ driver }) => holds(!('segments' in driver), 'there is no such member'),
  (context) => !hasSegments(context),
)
