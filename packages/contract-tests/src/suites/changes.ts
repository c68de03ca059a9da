import type { Change } from '@holdfast/core'
import { collect, type Case, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { type File, type Opened, openStore } from '../fixtures.ts'

const { add, suite } = collect('changes')

/** The change feed, where the store has one. */
export const changesSuite = suite

type FileChange = Change<NonNullable<(typeof File)['~types']>>

const hasFeed: NonNullable<Case['applies']> = ({ driver }) => driver.capabilities.changes !== 'none'
const PATIENCE = 60_000

const keyIn = ({ unique }: Context, name: string) => ({
  tenantId: unique,
  folderId: 'f',
  name,
})

/** Reads changes of this case until `isDone`, or for a minute at most. */
const follow = async (
  { free }: Opened,
  { unique }: Context,
  isDone: (seen: readonly FileChange[]) => boolean,
  from?: string,
): Promise<FileChange[]> => {
  const signal = AbortSignal.timeout(PATIENCE)
  const seen: FileChange[] = []
  const options = from === undefined ? { signal } : { signal, from }
  for await (const change of free.files.changes(options)) {
    if (change.key.tenantId !== unique) continue
    seen.push(change)
    if (isDone(seen)) return seen
  }
  return seen
}

const last = (seen: readonly FileChange[], name: string): FileChange | undefined =>
  seen.findLast(({ key }) => key.name === name)

add(
  'every kind of write arrives, deletes included',
  async (context) => {
    const opened = openStore(context)
    const { db } = opened
    await db.files.create({ ...keyIn(context, 'made'), size: 1 })
    await db.files.put({ ...keyIn(context, 'put'), size: 2 })
    await db.files.create({ ...keyIn(context, 'updated'), size: 1 })
    await db.files.update(keyIn(context, 'updated'), { size: 3 })
    await db.files.create({ ...keyIn(context, 'deleted'), size: 1 })
    await db.files.delete(keyIn(context, 'deleted'))
    await db.transaction((tx) => tx.files.create({ ...keyIn(context, 'last'), size: 4 }))
    const seen = await follow(opened, context, (all) => last(all, 'last') !== undefined)
    for (const [name, size] of [
      ['made', 1],
      ['put', 2],
      ['updated', 3],
      ['last', 4],
    ] as const) {
      const change = last(seen, name)
      same([change?.type, change?.record], ['upsert', { ...keyIn(context, name), size }])
    }
    const gone = last(seen, 'deleted')
    same([gone?.type, gone?.key, gone?.record], ['delete', keyIn(context, 'deleted'), undefined])
  },
  hasFeed,
)

add(
  'changes of one key arrive in order and end with the last state',
  async (context) => {
    const opened = openStore(context)
    const { db } = opened
    const key = keyIn(context, 'one')
    await db.files.create({ ...key, size: 0 })
    for (let size = 1; size <= 20; size += 1) await db.files.update(key, { size })
    const seen = await follow(opened, context, (all) => last(all, 'one')?.record?.size === 20)
    const sizes = seen.map(({ record }) => record?.size ?? -1)
    same(
      sizes,
      sizes.toSorted((a, b) => a - b),
      'sizes in order',
    )
    same(sizes.at(-1), 20)
  },
  hasFeed,
)

add(
  'a cursor resumes behind its change and misses nothing',
  async (context) => {
    const opened = openStore(context)
    const { db } = opened
    const names = Array.from({ length: 12 }, (_, at) => `n${10 + at}`)
    for (const name of names.slice(0, 6)) await db.files.create(keyIn(context, name))
    const before = await follow(opened, context, (all) => all.length === 4)
    const cursor = before.at(-1)?.cursor ?? ''
    holds(cursor !== '', 'every change must have a cursor')
    for (const name of names.slice(6)) await db.files.create(keyIn(context, name))
    const behind = (all: readonly FileChange[]): boolean =>
      new Set([...before, ...all].map(({ key }) => key.name)).size === names.length
    const after = await follow(openStore(context), context, behind, cursor)
    same([...new Set([...before, ...after].map(({ key }) => key.name))].sort(), names)
  },
  hasFeed,
)

add(
  'a write that is refused or rolled back does not arrive',
  async (context) => {
    const opened = openStore(context)
    const { db } = opened
    await db.files.create({ ...keyIn(context, 'a'), size: 1 })
    await refused(() => db.files.create({ ...keyIn(context, 'a'), size: 2 }), 'ALREADY_EXISTS')
    await db
      .transaction(async (tx) => {
        await tx.files.create(keyIn(context, 'never'))
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    await db.files.create(keyIn(context, 'end'))
    const seen = await follow(opened, context, (all) => last(all, 'end') !== undefined)
    same(last(seen, 'never'), undefined)
    same(last(seen, 'a')?.record?.size, 1)
  },
  hasFeed,
)

add(
  'the feed ends when its signal aborts',
  async (context) => {
    const { free } = openStore(context)
    const controller = new AbortController()
    const run = async (): Promise<string> => {
      try {
        for await (const change of free.files.changes({ signal: controller.signal }))
          if (change.key.name === 'no such name') return 'found'
        return 'ended'
      } catch (error) {
        return (error as { code?: string }).code ?? 'failed'
      }
    }
    const running = run()
    setTimeout(() => controller.abort(), 50)
    holds(['ended', 'CANCELLED'].includes(await running), 'an aborted feed must end')
  },
  hasFeed,
)

add(
  'without a feed changes are refused with UNSUPPORTED',
  async (context) => {
    const { free } = openStore(context)
    await refused(() => free.files.changes(), 'UNSUPPORTED', { entity: 'file' })
  },
  ({ driver }) => driver.capabilities.changes === 'none',
)

add('an actor is refused, whatever its rights', async (context) => {
  const { db } = openStore(context)
  const files = db.files as unknown as { changes(): unknown }
  await refused(() => files.changes(), 'FORBIDDEN', { entity: 'file' })
})
