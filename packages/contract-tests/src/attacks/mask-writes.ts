import { append, gte, increment, remove } from '@holdfast/core'
import { collect, type Context } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { fillFees, shape } from './fee-fixtures.ts'
import {
  ATTACK_MODELS,
  dossier,
  type DossierRules,
  openDossiers,
  outline,
  unpushed,
  watched,
} from './fixtures.ts'

const { add, suite } = collect('attacks on masks', ATTACK_MODELS)

/** Attempts to learn a sensitive field by writing. */
export const maskWriteAttacks = suite

add(
  'attack 05: a condition on a hidden field is FORBIDDEN, hit, miss or missing',
  async (context) => {
    const { as, calls } = await fillFees(context)
    const db = as('u', ['reader', 'writer'])
    const { papers } = db
    const told = new Set<string>()
    for (const id of ['a', 'b', 'c', 'd', 'none'])
      for (const filter of [{ fee: 10 }, { fee: 11 }, { secret: 'zulu' }]) {
        const key = paper(context, id)
        const options = { if: filter }
        const field = Object.keys(filter)[0] ?? ''
        for (const run of [
          () => papers.update(key, { title: 'x' }, options),
          () => papers.delete(key, options),
        ]) {
          const error = await refused(run, 'FORBIDDEN', { field })
          told.add(JSON.stringify(outline(error, field)))
        }
        for (const run of [
          () => db.transaction((tx) => tx.papers.update(key, { title: 'x' }, options)),
          () => db.transaction((tx) => tx.papers.delete(key, options)),
        ])
          await refused(run, 'FORBIDDEN', { field })
      }
    same(told.size, 1, 'one answer, whatever is stored')
    same(calls, [], 'refused before anything is read')
  },
)

add(
  'attack 05: a condition on a field revealed in part asks nothing of the rest',
  async (context) => {
    const { as } = await fillFees(context)
    const { papers } = as('u', ['finance', 'reader', 'writer'])
    const told = []
    for (const fee of [20, 21])
      for (const run of [
        () => papers.update(paper(context, 'b'), { title: 'x' }, { if: { fee } }),
        () => papers.delete(paper(context, 'b'), { if: { fee } }),
      ])
        told.push(outline(await refused(run, 'FORBIDDEN')))
    same([told[2], told[3]], [told[0], told[1]], 'right and wrong are alike')
    const key = paper(context, 'a')
    await refused(() => papers.update(key, { title: 'x' }, { if: { fee: 11 } }), 'CONDITION_FAILED')
    same((await papers.update(key, { title: 'x' }, { if: { fee: 10 } })).title, 'x')
  },
)

add(
  'attack 05: a change by a filter on a field revealed in part stays in that part',
  async (context) => {
    const { as, free, where } = await fillFees(context)
    const { papers } = as('u', ['finance', 'reader', 'writer'])
    const counts = { matched: 1, changed: 1, denied: 0 }
    same(await papers.updateWhere({ where: { ...where, fee: gte(1) } }, { title: 'x' }), counts)
    same(await papers.updateWhere({ where: { ...where, fee: 20 } }, { title: 'x' }), {
      matched: 0,
      changed: 0,
      denied: 0,
    })
    same(await papers.deleteWhere({ where: { ...where, fee: gte(1) } }), counts)
    same(shape((await free.find({ where })).items), 'b:20! c:null d')
  },
)

add('attack 06: values returned by writes are masked like reads', async (context) => {
  const { as, free } = await fillFees(context)
  const db = as('u', ['reader', 'writer'])
  const { papers } = db
  const key = paper(context, 'a')
  same(shape([await papers.update(key, { title: 'x' })]), 'a')
  same(shape([await papers.update(key, { title: 'x' }, { if: { pages: 1 } })]), 'a')
  same(shape([await papers.put(paper(context, 'a', { title: 'y' }))]), 'a')
  same(shape([await papers.create(paper(context, 'e'))]), 'e')
  const many = await papers.putMany([paper(context, 'b', { title: 'z' })])
  same(shape(many.flatMap((one) => (one.ok ? [one.value] : []))), 'b')
  const inside = await db.transaction(async (tx) => [
    await tx.papers.update(paper(context, 'b'), { title: 'x' }),
    await tx.papers.put(paper(context, 'a', { title: 'w' })),
  ])
  same(shape(inside), 'b a')
  same(shape([await db.transaction((tx) => tx.papers.delete(paper(context, 'b')))]), 'b')
  const gone = await papers.delete(key)
  holds(gone !== undefined, 'deleted')
  same(shape([gone]), 'a')
  await free.create(paper(context, 'f', { fee: 1, secret: 's' }))
  const [deleted] = await papers.deleteMany([paper(context, 'f')])
  same(deleted?.ok === true ? shape([deleted.value]) : '', 'f')
  same(await free.get(key), undefined)
})

for (const way of ['in one write', 'read first'] as const)
  add(
    `attack 06: a record written out of sight comes back without cells, ${way}`,
    async (context) => {
      const driver = way === 'read first' ? unpushed(context.driver) : context.driver
      const { as, free } = openPapers({ ...context, driver }, ({ allow, deny, me }) => ({
        read: [
          allow('*', { tenantId: me.tenantId }, { reveal: ['fee', 'secret'] }),
          deny('*', { status: 'closed' }),
        ],
        create: [allow('*')],
        update: [allow('*')],
      }))
      await free.createMany(
        ['a', 'b', 'c'].map((id) => paper(context, id, { fee: 10, secret: 'zulu' })),
      )
      const db = as('u', [])
      same(shape([await db.papers.update(paper(context, 'a'), { title: 'x' })]), 'a:10!')
      same(shape([await db.papers.update(paper(context, 'a'), { status: 'closed' })]), 'a')
      same(await db.papers.get(paper(context, 'a')), undefined)
      const inside = await db.transaction(async (tx) => [
        await tx.papers.update(paper(context, 'b'), { status: 'closed' }),
        await tx.papers.get(paper(context, 'b')),
      ])
      same(shape(inside), 'b -')
      same((await free.get(paper(context, 'a')))?.fee, 10)
    },
  )

/** Writers may carry every field, owners see what is sensitive on their own records. */
const balances: DossierRules = ({ allow, me }) => ({
  read: [
    allow('reader', { tenantId: me.tenantId }),
    allow('owner', { tenantId: me.tenantId, ownerId: me.id }, { reveal: ['balance', 'notes'] }),
  ],
  update: [allow('writer', undefined, { fields: 'all' })],
})

const fillBalances = async (context: Context) => {
  const { driver, calls } = watched(context.driver)
  const opened = openDossiers({ ...context, driver }, balances)
  const most = Number.MAX_SAFE_INTEGER
  await opened.free.createMany([
    dossier(context, 'full', { ownerId: 'v', balance: most, notes: ['n'.repeat(300_000)] }),
    dossier(context, 'low', { ownerId: 'v', balance: -5, notes: ['n'] }),
    dossier(context, 'null', { ownerId: 'v', balance: null, notes: null }),
    dossier(context, 'none', { ownerId: 'v' }),
    dossier(context, 'mine', { ownerId: 'u', balance: most - 1, notes: ['n'] }),
  ])
  calls.length = 0
  return { ...opened, calls }
}

const READING = {
  'an increment': ['balance', () => ({ balance: increment(1) })],
  'a decrement': ['balance', () => ({ balance: increment(-1) })],
  'an append': ['notes', () => ({ notes: append('x'.repeat(80_000)) })],
} as const

for (const [name, [field, patch]] of Object.entries(READING)) {
  add(`attack 11: ${name} of a hidden field is FORBIDDEN whatever it holds`, async (context) => {
    const { as, calls, free, where } = await fillBalances(context)
    const before = (await free.find({ where })).items
    calls.length = 0
    const db = as('u', ['reader', 'writer'])
    const told = new Set<string>()
    for (const id of ['full', 'low', 'null', 'none', 'missing']) {
      const key = dossier(context, id)
      const error = await refused(() => db.dossiers.update(key, patch()), 'FORBIDDEN', { field })
      told.add(JSON.stringify(outline(error)))
      await refused(() => db.transaction((tx) => tx.dossiers.update(key, patch())), 'FORBIDDEN', {
        field,
      })
    }
    same(told.size, 1, 'one answer, whatever is stored')
    same(calls, [], 'refused before anything is read')
    const matched = (await free.find({ where })).items
    same(matched, before)
  })

  add(`attack 11: ${name} of a field revealed elsewhere tells nothing here`, async (context) => {
    const { as } = await fillBalances(context)
    const db = as('u', ['reader', 'owner', 'writer'])
    const told = new Set<string>()
    for (const id of ['full', 'low', 'null', 'none']) {
      const error = await refused(
        () => db.dossiers.update(dossier(context, id), patch()),
        'FORBIDDEN',
      )
      told.add(JSON.stringify(outline(error)))
      await refused(
        () => db.transaction((tx) => tx.dossiers.update(dossier(context, id), patch())),
        'FORBIDDEN',
      )
    }
    same(told.size, 1, 'one answer, whatever is stored')
    const row = await db.dossiers.update(dossier(context, 'mine'), patch())
    holds(row[field] !== undefined, 'on a record that reveals it, it works')
  })
}

add('attack 11: a change by filter counts what it may not read as denied', async (context) => {
  const { as, free, where } = await fillBalances(context)
  const { dossiers } = as('u', ['reader', 'owner', 'writer'])
  same(await dossiers.updateWhere({ where }, { balance: increment(-1) }), {
    matched: 5,
    changed: 1,
    denied: 4,
  })
  same((await free.get(dossier(context, 'low')))?.balance, -5)
})

add('attack 11: a hidden field is set blindly by one who may carry it', async (context) => {
  const { as, free } = await fillBalances(context)
  const { dossiers } = as('u', ['reader', 'writer'])
  const row = await dossiers.update(dossier(context, 'full'), { balance: 7, notes: ['new'] })
  holds(!('balance' in row) && !('notes' in row), 'what was set is not shown')
  await dossiers.update(dossier(context, 'low'), { balance: remove() })
  same((await free.get(dossier(context, 'full')))?.balance, 7)
  same((await free.get(dossier(context, 'low')))?.balance, undefined)
})

add('attack 11: a right guess written is refused like a wrong one', async (context) => {
  const { as, free, where } = await fillFees(context)
  const before = (await free.find({ where })).items
  const db = as('u', ['reader', 'writer'])
  const ways: readonly ((fee: number | null) => unknown)[] = [
    (fee) => db.papers.update(paper(context, 'a'), { fee }),
    (fee) => db.papers.put(paper(context, 'a', { ownerId: 'u', pages: 1, fee })),
    (fee) => db.transaction((tx) => tx.papers.update(paper(context, 'a'), { fee })),
    (fee) => db.transaction((tx) => tx.papers.put(paper(context, 'a', { fee }))),
    (fee) => db.papers.updateWhere({ where, index: 'byFee' }, { fee }),
  ]
  for (const way of ways) {
    const detail = { entity: 'paper', field: 'fee' }
    const [right, wrong, none] = [
      await refused(() => way(10), 'FORBIDDEN', detail),
      await refused(() => way(11), 'FORBIDDEN', detail),
      await refused(() => way(null), 'FORBIDDEN', detail),
    ]
    same([outline(wrong), outline(none)], [outline(right), outline(right)])
  }
  same((await free.find({ where })).items, before)
})

add('attack 13: writing back a masked record keeps what was hidden', async (context) => {
  const { as, free } = await fillFees(context)
  const db = as('u', ['reader', 'writer'])
  const row = await db.papers.get(paper(context, 'a'))
  holds(row !== undefined, 'readable')
  const { revision: _, ...input } = row
  await db.papers.put({ ...input, title: 'new' })
  const [many] = await db.papers.putMany([{ ...input, title: 'newer' }])
  same(many?.ok, true)
  await db.transaction((tx) => tx.papers.put({ ...input, title: 'newest' }))
  const stored = await free.get(paper(context, 'a'))
  same([stored?.title, stored?.fee, stored?.secret], ['newest', 10, 'zulu'])
})

add(
  'attack 13: what is revealed and left out is removed, what is hidden stays',
  async (context) => {
    const { as, free } = await fillFees(context)
    await as('u', ['admin']).papers.put(paper(context, 'a', { ownerId: 'u' }))
    const whole = await free.get(paper(context, 'a'))
    same([whole?.fee, whole?.secret], [undefined, undefined])
    // Finance sees fees of its own records only, and the secret of none.
    const { papers } = as('v', ['finance', 'reader', 'writer', 'admin'])
    holds('secret' in ((await papers.get(paper(context, 'b'))) ?? {}), 'an admin sees all')
    const part = openPapers(context, ({ allow, me }) => ({
      read: [allow('*'), allow('*', { ownerId: me.id }, { reveal: ['fee'] })],
      update: [allow('*', undefined, { fields: 'all' })],
    }))
    await part.as('v', []).papers.put(paper(context, 'b', { ownerId: 'v' }))
    const stored = await free.get(paper(context, 'b'))
    same([stored?.fee, stored?.secret], [undefined, 'yankee'])
  },
)
