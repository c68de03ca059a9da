import { has, isHoldfastError } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, CANARY, NUMBER, outcomeOf, saysNothing, unpushed } from './fixtures.ts'

const { add, suite } = collect('attacks on actors', ATTACK_MODELS)

/** Attempts to read on with a cursor, a key or a letter case that belongs to somebody else. */
export const cursorAttacks = suite

/** Own and hidden records by turns, and the cursor of the first page. */
const fill = async (context: Context) => {
  const opened = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { tenantId: me.tenantId, ownerId: me.id }), allow('admin')],
  }))
  await opened.free.createMany(
    Array.from({ length: 8 }, (_, at) =>
      paper(context, `p${at}`, { ownerId: at % 2 === 0 ? 'u' : 'v', status: 'open', pages: at }),
    ),
  )
  const where = { tenantId: context.unique }
  const query = { where, limit: 1 }
  const { papers } = opened.as('u', ['reader'])
  const { cursor = '' } = await papers.find(query)
  holds(cursor !== '', 'there is a next page')
  return { ...opened, papers, where, query, cursor }
}

const field = { field: 'cursor', entity: 'paper' } as const

add('attack 52: a cursor that was made up is refused', async (context) => {
  const { papers, query, cursor } = await fill(context)
  const bytes = Buffer.from(cursor, 'base64url')
  const other = Buffer.from((await papers.find(query)).cursor ?? '', 'base64url')
  const encode = (data: unknown): string => Buffer.from(JSON.stringify(data)).toString('base64url')
  for (const made of [
    Buffer.alloc(bytes.length).toString('base64url'),
    Buffer.alloc(bytes.length, 0xff).toString('base64url'),
    Buffer.concat([bytes.subarray(0, 12), other.subarray(12)]).toString('base64url'),
    Buffer.concat([other.subarray(0, 12), bytes.subarray(12)]).toString('base64url'),
    Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url'),
    bytes.subarray(0, -1).toString('base64url'),
    bytes.subarray(0, 12).toString('base64url'),
    cursor.slice(0, -1),
    cursor.slice(1),
    cursor.toUpperCase(),
    `${cursor}=`.repeat(2),
    encode([context.unique, 'p1']),
    encode({ after: { paperId: 'p1' } }),
    'p1',
    '',
    ' ',
    '0',
    'null',
    '\u0000',
    '✓',
  ]) {
    const error = await refused(() => papers.find({ ...query, cursor: made }), 'INVALID', field)
    await refused(
      () =>
        papers
          .each({ ...query, cursor: made })
          [Symbol.asyncIterator]()
          .next(),
      'INVALID',
      field,
    )
    saysNothing([error], ['p1', context.unique])
  }
})

add(
  'attack 52: a cursor serves nobody else, and not the same one with other rights',
  async (context) => {
    const { as, store, free, query, cursor } = await fill(context)
    for (const { papers } of [
      as('v', ['reader']),
      as('u', ['reader', 'admin']),
      as('u', []),
      as('u', ['reader'], { tenantId: `${context.unique}-x` }),
      as('u', ['reader'], { limit: 1 }),
      as('u', ['reader'], { teams: [] }),
      store.as({ id: 'u', roles: ['reader'] }),
    ])
      await refused(() => papers.find({ ...query, cursor }), 'INVALID', field)
    await refused(() => free.find({ ...query, cursor }), 'INVALID', field)
    const { cursor: admins = '' } = await as('a', ['admin']).papers.find(query)
    await refused(
      () => as('u', ['reader']).papers.find({ ...query, cursor: admins }),
      'INVALID',
      field,
    )
    const [own] = (await as('u', ['reader']).papers.find({ ...query, cursor })).items
    same(own?.paperId, 'p2')
  },
)

add('attack 52: a cursor serves no other query', async (context) => {
  const { papers, where, query, cursor } = await fill(context)
  for (const other of [
    { where: { tenantId: `${context.unique}-x` } },
    { where: { ...where, status: 'open' } },
    { where: { ...where, ownerId: 'u' } },
    { ...query, orderBy: 'desc' as const },
    { ...query, where: { ...where, status: 'open' }, index: 'byStatus' as const },
    { where: { ...where, ownerId: 'u' }, index: 'byOwner' as const },
  ])
    await refused(() => papers.find({ ...other, cursor }), 'INVALID', field)
})

add('attack 52: a cursor along one index serves no other', async (context) => {
  const { papers, where } = await fill(context)
  const query = { where: { ...where, status: 'open' }, limit: 1 }
  const indexed = { ...query, index: 'byStatus' as const }
  same([papers.explain(query).index, papers.explain(indexed).index], ['byOwner', 'byStatus'])
  const [one, other] = [await papers.find(query), await papers.find(indexed)]
  await refused(() => papers.find({ ...indexed, cursor: one.cursor ?? '' }), 'INVALID', field)
  await refused(() => papers.find({ ...query, cursor: other.cursor ?? '' }), 'INVALID', field)
})

add('attack 53: no cursor says the key of a hidden record, nor stands on one', async (context) => {
  for (const driver of [context.driver, unpushed(context.driver)]) {
    const place = { ...context, driver, unique: `${context.unique}-${driver === context.driver}` }
    const { as, free } = openPapers(place, ({ allow, me }) => ({
      read: [allow('*', { tenantId: me.tenantId, ownerId: me.id })],
    }))
    const hidden = (at: number) => `p${at}-${CANARY}-${NUMBER}`
    await free.createMany(
      Array.from({ length: 30 }, (_, at) =>
        at % 6 === 0
          ? paper(place, `p${String(at).padStart(2, '0')}`, { ownerId: 'u' })
          : paper(place, hidden(at), { ownerId: 'v', fee: NUMBER, secret: CANARY }),
      ),
    )
    const { papers } = as('u', ['reader'])
    const cursors: string[] = []
    const told: unknown[] = []
    const where = { tenantId: place.unique }
    for (const orderBy of ['asc', 'desc'] as const)
      for (const maxScanned of [1, 2, 100, 1000]) {
        let cursor: string | undefined
        let rounds = 0
        do {
          const query = { where, orderBy, limit: 1, maxScanned }
          const answer = await outcomeOf(() =>
            papers.find(cursor === undefined ? query : { ...query, cursor }),
          )
          holds(!(answer instanceof Error) || isHoldfastError(answer), 'a page or a refusal')
          told.push(answer)
          ;({ cursor } = answer as { readonly cursor?: string })
          if (cursor !== undefined) cursors.push(cursor)
          rounds += 1
        } while (cursor !== undefined && rounds < 40)
      }
    holds(cursors.length > 20, 'there were cursors')
    saysNothing([...cursors, ...told])
    const first = await papers.find({ where, limit: 1 })
    await free.create(paper(place, 'p00a', { ownerId: 'u' }))
    const next = await papers.find({ where, limit: 1, cursor: first.cursor ?? '' })
    same(
      next.items.map(({ paperId }) => paperId),
      ['p00a'],
      'the cursor stands on what was returned, not on what was skipped',
    )
  }
})

add(
  'attack 53: a read budget that ends on a hidden record leaves the cursor where the page ended',
  async (context) => {
    const { as, free } = openPapers(
      { ...context, driver: unpushed(context.driver) },
      ({ allow, me }) => ({ read: [allow('*', { readers: has(me.id) })] }),
    )
    await free.createMany(
      Array.from({ length: 12 }, (_, at) =>
        paper(context, `p${String(at).padStart(2, '0')}`, {
          readers: at % 6 === 0 ? ['u'] : ['v'],
        }),
      ),
    )
    const { papers } = as('u', [])
    const query = { where: { tenantId: context.unique }, limit: 1 }
    const first = await papers.find({ ...query, maxScanned: 3 })
    same(
      first.items.map(({ paperId }) => paperId),
      ['p00'],
    )
    await free.create(paper(context, 'p00a', { readers: ['u'] }))
    const next = await papers.find({ ...query, cursor: first.cursor ?? '' })
    same(
      next.items.map(({ paperId }) => paperId),
      ['p00a'],
    )
  },
)

/** Pairs of tenant and id that a careless encoding takes for one key. */
const TWIN_KEYS = [
  ['a#b', 'c'],
  ['a!6b', 'c'],
  ['a', 'b!6c'],
  ['a', 'b#c'],
  ['a!b', 'c'],
  ['a', 'b!c'],
  ['a|b', 'c'],
  ['a', 'b|c'],
  ['a/b', 'c'],
  ['a', 'b/c'],
  ['a:b', 'c'],
  ['a', 'b:c'],
  ['a\u0001b', 'c'],
  ['a', 'b\u0001c'],
  ['a-23b', 'c'],
  ['a', 'c'],
  ['A', 'c'],
  ['a', 'C'],
  ['ä', 'c'],
  ['a\u0308', 'c'],
  ['a', 'c '],
  ['a ', 'c'],
  ['a', ' c'],
  ['ab', 'c'],
  ['a', 'bc'],
  ['1', '01'],
  ['01', '1'],
  ['1', '1.0'],
  ['%', '_'],
  ['a', 'ß'],
  ['a', 'ss'],
  ['a', 'ｃ'],
  ['a', 'c\u200b'],
  ['a', 'ı'],
  ['a', 'i'],
  ['a', 'null'],
] as const

add(
  'attack 54: keys that look alike are different records of different tenants',
  async (context) => {
    const { free, store } = openPapers(context, ({ allow, me }) => {
      const own = [allow('*', { tenantId: me.tenantId })]
      return { read: own, create: own, update: own, delete: own }
    })
    const tenant = (name: string) => `${context.unique}${name}`
    for (const [at, [name, paperId]] of TWIN_KEYS.entries())
      await free.create({ tenantId: tenant(name), paperId, title: `${at}` })
    for (const [at, [name, paperId]] of TWIN_KEYS.entries()) {
      const db = store.as({ id: 'u', roles: [], tenantId: tenant(name) })
      const key = { tenantId: tenant(name), paperId }
      same((await db.papers.get(key))?.title, `${at}`)
      const { items } = await db.papers.find({ where: { tenantId: tenant(name) } })
      const own = TWIN_KEYS.filter(([other]) => other === name)
      same(items.map((row) => row.paperId).toSorted(), own.map(([, id]) => id).toSorted())
      for (const [other, id] of TWIN_KEYS)
        if (other !== name) {
          const foreign = { tenantId: tenant(other), paperId: id }
          same(await db.papers.get(foreign), undefined)
          same(await db.papers.delete(foreign), undefined)
        }
      await db.papers.update(key, { title: `${at} again` })
      await refused(() => db.papers.create({ ...key, title: 'taken' }), 'ALREADY_EXISTS')
    }
    for (const [at, [name, paperId]] of TWIN_KEYS.entries())
      same((await free.get({ tenantId: tenant(name), paperId }))?.title, `${at} again`)
  },
)
