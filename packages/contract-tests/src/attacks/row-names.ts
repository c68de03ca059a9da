import { append, increment, remove } from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { askings, ATTACK_MODELS, dossier, openDossiers, outcomeOf } from './fixtures.ts'
import { fillInput, loose, refuseFilter } from './input-fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Names that every object has without being given them. */
export const nameAttacks = suite

const NAMES = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf']

/** An object as a parser makes it: the name is its own, whatever it is. */
const parsed = (name: string, value: unknown): object =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as object

const isClean = (): void => {
  const fresh: object = {}
  holds(!('polluted' in fresh) && !('status' in fresh), 'no prototype was changed')
}

for (const name of NAMES) {
  add(`attack 24: ${name} names no field of a filter`, async (context) => {
    for (const value of [{ status: 'open' }, { polluted: true }, 'open', null])
      await refuseFilter(context, parsed(name, value), name)
    isClean()
  })

  add(`attack 24: ${name} names no field of a key, a patch or a record`, async (context) => {
    const { papers, db, untouched } = await fillInput(context)
    const key = paper(context, 'a')
    const spiked = (base: object): never => {
      const object = { ...base }
      Object.defineProperty(object, name, { value: { polluted: true }, enumerable: true })
      return loose(object)
    }
    const detail = { field: name }
    await refused(() => papers.get(spiked(key)), 'INVALID', detail)
    await refused(() => papers.getMany([spiked(key)]), 'INVALID', detail)
    await refused(() => papers.delete(spiked(key)), 'INVALID', detail)
    await refused(() => papers.update(spiked(key), { title: 'x' }), 'INVALID', detail)
    await refused(() => papers.update(key, spiked({ title: 'x' })), 'INVALID', detail)
    await refused(() => papers.update(key, loose(parsed(name, { title: 'x' }))), 'INVALID', detail)
    await refused(() => papers.create(spiked(key)), 'INVALID', detail)
    await refused(() => papers.put(spiked(key)), 'INVALID', detail)
    await refused(() => db.transaction((tx) => tx.papers.put(spiked(key))), 'INVALID', detail)
    for (const outcome of await papers.createMany([spiked(paper(context, 'new'))]))
      same(outcome.ok ? 'ok' : outcome.error.field, name)
    await untouched()
    isClean()
  })

  add(`attack 24: ${name} is no option, order, index or field to select`, async (context) => {
    const { papers, where, untouched } = await fillInput(context)
    for (const query of [
      { where, index: name },
      { where, orderBy: name },
      { where, select: [name] },
      { where, cursor: name },
      Object.assign(parsed(name, { status: 'open' }), { where }),
    ]) {
      await refused(() => papers.find(loose(query)), 'INVALID')
      await refused(() => papers.each(loose(query))[Symbol.asyncIterator]().next(), 'INVALID')
    }
    for (const [, call] of askings(papers, Object.assign(parsed(name, true), { where })))
      await refused(call, 'INVALID', { field: name })
    await untouched()
    isClean()
  })

  add(`attack 24: ${name} gives an actor neither attributes nor roles`, async (context) => {
    const { store, free } = openDossiers(context, ({ allow, me }) => {
      const inherited = (me as unknown as Record<string, typeof me.tenantId>)[name]
      return {
        read: [
          allow('member', { tenantId: me.tenantId }),
          allow(name, { ownerId: me.id }),
          ...(inherited === undefined ? [] : [allow('odd', { ownerId: inherited })]),
        ],
      }
    })
    await free.createMany([
      dossier(context, 'a', { ownerId: 'u' }),
      dossier(context, 'b', { ownerId: 'Object' }),
      dossier(context, 'c', { ownerId: null }),
    ])
    const { unique: tenantId } = context
    const spike = JSON.stringify({ tenantId, roles: [name], polluted: true })
    const text = `{"id":"u","roles":["member","odd"],${JSON.stringify(name)}:${spike}}`
    const child = Object.assign(Object.create({ tenantId }) as object, {
      id: 'u',
      roles: ['member'],
    })
    const seen = async (actor: unknown) =>
      (await store.as(loose(actor)).dossiers.find({ where: { tenantId } })).items
    same(await seen(child), [], 'an inherited attribute is none')
    same(await seen({ id: 'u', roles: ['member', 'odd'] }), [], 'nor is one that all objects have')
    const spiked = await outcomeOf(() => seen(JSON.parse(text)))
    if (spiked instanceof Error)
      await refused(() => Promise.reject(spiked), 'INVALID', { field: name })
    else same(spiked, [], 'a name gives nothing')
    isClean()
  })
}

add('attack 24: a twin without the brand is no operator of a patch', async (context) => {
  const { papers, untouched } = await fillInput(context)
  const key = paper(context, 'a')
  for (const twin of [
    { op: 'increment', by: 5 },
    { 'holdfast.patch': { op: 'increment', by: 5 } },
    { 'Symbol(holdfast.patch)': { op: 'increment', by: 5 } },
    { [Symbol('holdfast.patch')]: { op: 'increment', by: 5 } },
    JSON.parse(JSON.stringify(increment(5))) as object,
    { $inc: 5 },
  ])
    await refused(() => papers.update(key, { pages: loose(twin) }), 'INVALID', { field: 'pages' })
  for (const twin of [
    { op: 'remove' },
    { $unset: '' },
    JSON.parse(JSON.stringify(remove())) as object,
  ])
    await refused(() => papers.update(key, { title: loose(twin) }), 'INVALID', { field: 'title' })
  for (const twin of [
    { op: 'append', values: ['x'] },
    { $push: 'x' },
    structuredClone(append('x')),
  ])
    await refused(() => papers.update(key, { readers: loose(twin) }), 'INVALID', {
      field: 'readers',
    })
  await untouched()
})

add('attack 24: a twin without the brand is no combined filter', async (context) => {
  for (const twin of [
    { 'holdfast.combined': { op: 'or', of: [{}] } },
    { 'Symbol(holdfast.combined)': { op: 'or', of: [{}] } },
    { [Symbol('holdfast.combined')]: { op: 'or', of: [{}] } },
    { op: 'const', value: true },
    { op: 'or', of: [] },
  ])
    await refuseFilter(context, twin)
})

add('attack 24: a rule that names an inherited name is refused when declared', async (context) => {
  for (const name of NAMES)
    await refused(
      () => openPapers(context, ({ allow }) => ({ read: [allow('*', loose(parsed(name, 'x')))] })),
      'INVALID',
      { field: name },
    )
})
