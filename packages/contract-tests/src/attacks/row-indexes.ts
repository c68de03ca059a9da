import { defineEntity, type Driver, gt, has, not } from '@holdfast/core'
import type { QueryPage, StoredRecord } from '@holdfast/core/driver'
import { z } from 'zod'
import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { shape } from './fee-fixtures.ts'
import { ATTACK_MODELS, lackMembers, watched } from './fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Stale and partial indexes, relations, the order of rules, and entities without any. */
export const indexAttacks = suite

const idsOf = (items: readonly { readonly paperId: string }[]): string =>
  items.map(({ paperId }) => paperId).join(' ')

/** A driver whose queries answer with `change` applied, as an index that is behind or partial would. */
const answering = (
  inner: Driver,
  change: (page: QueryPage) => QueryPage | Promise<QueryPage>,
): Driver =>
  watched(inner, {
    query: async (request, options) => change(await inner.query(request, options)),
  }).driver

add(
  'attack 28: a record from an index that lacks the fields of the rules is not shown',
  async (context) => {
    const KEPT = new Set(['tenantId', 'paperId', 'status', 'pages'])
    const driver = answering(context.driver, (page) => ({
      ...page,
      records: page.records.map(({ value, version }) => ({
        version,
        value: Object.fromEntries(Object.entries(value).filter(([name]) => KEPT.has(name))),
      })),
    }))
    const { as, free } = openPapers({ ...context, driver }, ({ allow, deny, me }) => ({
      read: [
        allow('reader', { ownerId: me.id }),
        allow('writer', not({ ownerId: 'w' })),
        allow('finance', { status: 'open' }),
        deny('finance', { title: 'secret' }),
      ],
    }))
    await free.createMany([
      paper(context, 'a', { ownerId: 'u', status: 'open', pages: 1, title: 'x' }),
      paper(context, 'b', { ownerId: 'v', status: 'open', pages: 2, title: 'secret' }),
    ])
    const where = { tenantId: context.unique, status: 'open' }
    for (const role of ['reader', 'writer', 'finance'] as const) {
      const { papers } = as('u', [role])
      same((await papers.find({ where, index: 'byStatus' })).items, [], role)
      for await (const row of papers.each({ where, index: 'byStatus' })) same(row, undefined)
    }
  },
)

add(
  'attack 29: a record that a stale index still shows is judged as it is returned',
  async (context) => {
    const stale: StoredRecord[] = []
    const driver = answering(context.driver, (page) => ({
      ...page,
      records: [...page.records, ...stale.map((one) => structuredClone(one))],
    }))
    const { as, free } = openPapers({ ...context, driver }, ({ allow, deny, me }) => ({
      read: [allow('*', { tenantId: me.tenantId, ownerId: me.id }), deny('*', { pages: gt(5) })],
      update: [allow('*')],
      delete: [allow('*')],
    }))
    await free.create(paper(context, 'a', { ownerId: 'u', pages: 1 }))
    const value = { tenantId: context.unique, status: 'draft', pages: 1 }
    const version = '0'.repeat(22)
    stale.push(
      { version, value: { ...value, paperId: 'b', ownerId: 'v' } },
      { version, value: { ...value, paperId: 'c', ownerId: 'u', pages: 9 } },
      { version, value: { ...value, paperId: 'd', ownerId: null } },
      { version, value: { ...value, paperId: 'e', ownerId: 'u', tenantId: 'other' } },
    )
    const { papers } = as('u', [])
    const where = { tenantId: context.unique }
    same(idsOf((await papers.find({ where })).items), 'a')
    const each: { paperId: string }[] = []
    for await (const row of papers.each({ where })) each.push(row)
    same(idsOf(each), 'a')
    const counts = { matched: 1, changed: 1, denied: 0 }
    same(await papers.updateWhere({ where }, { title: 'x' }), counts)
    same(await papers.deleteWhere({ where }), counts)
  },
)

add('attack 29: a change by a stale index is decided on the record as stored', async (context) => {
  const { free } = openPapers(context, () => ({}))
  await free.createMany(
    ['a', 'b'].map((id) => paper(context, id, { ownerId: 'u', status: 'open' })),
  )
  const driver = answering(context.driver, async (page) => {
    // What is returned is what was stored before this.
    await free.update(paper(context, 'b'), { ownerId: 'v', title: 'new' })
    return page
  })
  const { as } = openPapers({ ...context, driver }, ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.id })],
    update: [allow('*')],
    delete: [allow('*')],
  }))
  const { papers } = as('u', [])
  const where = { tenantId: context.unique, status: 'open' }
  await papers.updateWhere({ where }, { title: 'taken' })
  await papers.deleteWhere({ where })
  const row = await free.get(paper(context, 'b'))
  same([row?.ownerId, row?.title], ['v', 'new'])
  same(await free.get(paper(context, 'a')), undefined)
})

add(
  'attack 29: a stale record whose rules no longer reveal what was asked is not shown',
  async (context) => {
    const stale: StoredRecord[] = []
    const driver = answering(context.driver, (page) => ({
      ...page,
      records: [...page.records, ...stale.map((one) => structuredClone(one))],
    }))
    const { as, free } = openPapers({ ...context, driver }, ({ allow, me }) => ({
      read: [
        allow('*', { tenantId: me.tenantId }),
        allow('*', { ownerId: me.id }, { reveal: ['fee'] }),
      ],
    }))
    await free.create(paper(context, 'a', { ownerId: 'u', fee: 10 }))
    const value = { tenantId: context.unique, paperId: 'b', status: 'draft', ownerId: 'v', fee: 10 }
    stale.push({ version: '0'.repeat(22), value })
    const { papers } = as('u', [])
    same(shape((await papers.find({ where: { tenantId: context.unique } })).items), 'a:10 b')
    same(shape((await papers.find({ where: { tenantId: context.unique, fee: 10 } })).items), 'a:10')
  },
)

add('attack 29: a record that get returns is judged too', async (context) => {
  const { driver } = watched(context.driver, {
    get: async (_, keys) =>
      keys.map((): StoredRecord => ({
        version: '0'.repeat(22),
        value: { ...paper(context, 'b', { ownerId: 'v', status: 'draft' }) },
      })),
  })
  const { store, as } = openPapers({ ...context, driver }, ({ allow, me }) => ({
    read: [allow('*', { ownerId: me.id })],
  }))
  const db = as('u', [])
  const key = paper(context, 'b')
  same(await db.papers.get(key), undefined)
  same(await db.papers.getMany([key, paper(context, 'c')]), [undefined, undefined])
  same(await db.transaction((tx) => tx.papers.get(key)), undefined)
  same(await store.as({ id: 'u', roles: [] }, { coalesce: true }).papers.get(key), undefined)
})

add('attack 30: no rule or filter reaches into another entity', async (context) => {
  for (const where of [
    { 'owner.status': 'open' },
    { owner: { status: 'open' } },
    { ownerId: { status: 'open' } },
    { vaults: { some: { vaultId: 'x' } } },
  ])
    await refused(
      () => openPapers(context, ({ allow }) => ({ read: [allow('*', where as never)] })),
      'INVALID',
      { entity: 'paper' },
    )
  openPapers(context, (tools) => {
    // @ts-expect-error a rule has no way to name another entity
    same(tools.related, undefined)
    lackMembers([tools], ['related', 'entity', 'join', 'exists', 'lookup'])
    return {}
  })
  const schema = z.object({ id: z.string(), ownerId: z.string() })
  const key = { partition: ['id'] } as const
  const references = { ownerId: 'paper' }
  // @ts-expect-error an entity declares no references
  const child = defineEntity('child', { schema, key, references })
  same(Object.keys(child.model.indexes), [])
})

const permutations = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  all.length < 2
    ? [all]
    : all.flatMap((one, at) => permutations(all.toSpliced(at, 1)).map((rest) => [one, ...rest]))

add(
  'attack 31: all orders of four rules give one answer, and a deny wins in each',
  async (context) => {
    const ids = ['plain', 'open', 'closed', 'both', 'own']
    const { free } = openPapers(context, () => ({}))
    const answers = new Set<string>()
    for (const order of permutations([0, 1, 2, 3])) {
      const { as } = openPapers(context, ({ allow, deny, me }) => {
        const of = (options: { readonly fields?: ['title'] }) => [
          allow('reader', undefined, { ...options, id: 'reader' }),
          allow('*', { status: 'open' }, { ...options, id: 'open' }),
          allow('*', { ownerId: me.id }, { ...options, id: 'own' }),
        ]
        const [a, b, c] = [
          allow('reader'),
          allow('*', { status: 'open' }),
          allow('*', { ownerId: me.id }, { reveal: ['fee'] }),
        ]
        const [read, update] = [
          [a, b, c, deny('*', { title: 'closed' })],
          of({ fields: ['title'] }),
        ]
        return {
          read: order.flatMap((at) => read[at] ?? []),
          update: order.flatMap(
            (at) => [...update, deny('*', { pages: 1 }, { on: 'both', id: 'deny' })][at] ?? [],
          ),
          delete: order.flatMap(
            (at) => [...of({}), deny('*', { pages: 1 }, { id: 'deny' })][at] ?? [],
          ),
        }
      })
      await free.putMany([
        paper(context, 'plain', { title: 'x', pages: 2, fee: 1 }),
        paper(context, 'open', { title: 'x', status: 'open', pages: 2, fee: 2 }),
        paper(context, 'closed', { title: 'closed', pages: 1, fee: 3 }),
        paper(context, 'both', { title: 'x', status: 'open', pages: 1, ownerId: 'u', fee: 4 }),
        paper(context, 'own', { title: 'x', ownerId: 'u', pages: 2, fee: 5 }),
      ])
      const told: unknown[] = []
      for (const roles of [['reader'], []] as const) {
        const { papers } = as('u', [...roles])
        told.push(shape((await papers.find({ where: { tenantId: context.unique } })).items))
        for (const id of ids) {
          const key = paper(context, id)
          told.push(shape([await papers.get(key)]))
          told.push(
            await papers.update(key, { title: 'x' }).then(
              () => 'updated',
              ({ code, rule }: { code: string; rule?: string }) => [code, rule],
            ),
          )
        }
      }
      const [outcomes] = [await as('u', []).papers.deleteMany(ids.map((id) => paper(context, id)))]
      told.push(outcomes.map((one) => (one.ok ? one.value?.paperId : one.error.rule)))
      answers.add(JSON.stringify(told))
    }
    same(answers.size, 1, [...answers].join('\n'))
    const [answer = ''] = answers
    same(JSON.parse(answer)[0], 'both:4 open own:5 plain')
  },
)

add('attack 32: an entity without a policy is closed', async (context) => {
  const { as, store } = openPapers(context, ({ allow }) => ({ read: [allow('*')] }))
  const { vaults } = store.unrestricted('contract kit')
  const key = { tenantId: context.unique, vaultId: 'a' }
  const where = { tenantId: context.unique }
  await vaults.create({ ...key, text: 'x' })
  const db = as('u', ['admin'])
  same(await db.vaults.get(key), undefined)
  same(await db.transaction((tx) => tx.vaults.get(key)), undefined)
  same((await db.vaults.find({ where })).items, [])
  same(await db.vaults.count({ where }), 0)
  const made = { ...key, vaultId: 'b' }
  await refused(() => db.vaults.create(made), 'FORBIDDEN', { entity: 'vault' })
  await refused(() => db.vaults.put(made), 'FORBIDDEN', { entity: 'vault' })
  await refused(() => db.transaction((tx) => tx.vaults.create(made)), 'FORBIDDEN')
  await refused(() => db.vaults.update(key, { text: 'y' }), 'NOT_FOUND')
  same(await db.vaults.delete(key), undefined)
  await refused(() => db.vaults.updateWhere({ where }, { text: 'y' }), 'FORBIDDEN')
  await refused(() => db.vaults.deleteWhere({ where }), 'FORBIDDEN')
  same((await vaults.find({ where })).items, [{ ...key, text: 'x' }])
})

add('attack 31: a rule of many finds its own record among many, in any order', async (context) => {
  const { free } = openPapers(context, () => ({}))
  const states = ['a', 'b', 'c', 'd', 'e', 'f']
  await free.createMany([
    ...states.map((status) => paper(context, status, { status, readers: ['u'] })),
    paper(context, 'z', { status: 'z', readers: ['u'] }),
  ])
  for (const order of [states, states.toReversed()]) {
    const { as } = openPapers(context, ({ allow, deny }) => ({
      read: [
        ...order.map((status) => allow('*', { status, readers: has('u') })),
        deny('*', { status: 'c' }),
        deny('reader', { title: 'none' }),
      ],
    }))
    const where = { tenantId: context.unique }
    same(idsOf((await as('u', []).papers.find({ where })).items), 'a b d e f')
    same(idsOf((await as('u', ['reader']).papers.find({ where })).items), '')
  }
})
