import {
  and,
  between,
  exists,
  gt,
  gte,
  has,
  isNull,
  lt,
  lte,
  not,
  oneOf,
  or,
  startsWith,
} from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { fillFees, shape } from './fee-fixtures.ts'
import { askings, ATTACK_MODELS, openDossiers, outline, watched } from './fixtures.ts'

const { add, suite } = collect('attacks on masks', ATTACK_MODELS)

/** Attempts to learn a sensitive field by asking for it. */
export const maskAttacks = suite

for (const [name, guesses] of [
  ['equality', [{ fee: 10 }, { fee: 11 }]],
  ['gt', [{ fee: gt(9) }, { fee: gt(99) }]],
  ['gte', [{ fee: gte(10) }, { fee: gte(99) }]],
  ['lt', [{ fee: lt(11) }, { fee: lt(1) }]],
  ['lte', [{ fee: lte(10) }, { fee: lte(1) }]],
  ['between', [{ fee: between(9, 11) }, { fee: between(1, 2) }]],
  ['oneOf', [{ fee: oneOf([10, 1]) }, { fee: oneOf([1]) }]],
  ['isNull', [{ fee: isNull() }]],
  ['exists', [{ fee: exists() }]],
  ['a value of another type', [{ fee: 'ten' }]],
] as const)
  add(
    `attack 01: a filter on a sensitive field that nobody reveals is FORBIDDEN: ${name}`,
    async (context) => {
      const { as, calls, tenantId } = await fillFees(context)
      const { papers } = as('u', ['reader', 'writer'])
      const outlines = new Map<string, unknown>()
      for (const guess of guesses) {
        const query = { where: { tenantId, ...guess } }
        for (const [call, run] of askings(papers, query)) {
          const error = await refused(run, 'FORBIDDEN', { entity: 'paper', field: 'fee' })
          same(outline(error), outlines.get(call) ?? outline(error), 'right and wrong are alike')
          outlines.set(call, outline(error))
        }
        same(papers.explain(query as never).access, 'refused')
      }
      same(calls, [], 'refused before anything is read')
    },
  )

add('attack 01: text and lists are refused like numbers', async (context) => {
  const { driver, calls } = watched(context.driver)
  const { as, where } = openDossiers({ ...context, driver }, ({ allow, me }) => ({
    read: [allow('*', { tenantId: me.tenantId })],
    update: [allow('*')],
    delete: [allow('*')],
  }))
  const { dossiers } = as('u', [])
  for (const [field, filter] of [
    ['notes', { notes: has('x') }],
    ['notes', { notes: isNull() }],
    ['left', { left: startsWith('x') }],
    ['left', { left: startsWith('') }],
  ] as const)
    for (const [, run] of askings(dossiers, { where: { ...where, ...filter } }))
      await refused(run, 'FORBIDDEN', { field, entity: 'dossier' })
  same(calls, [])
})

/** Filters that say `fee` somewhere, in ways that a check of the top level alone would miss. */
const disguises = (fee: number): Readonly<Record<string, unknown>> => {
  const plain = { fee } as never
  const deep = Array.from({ length: 10 }).reduce<unknown>(
    (inner, _, at) =>
      at % 2 === 0 ? not<never>(inner as never) : and<never>({ pages: 1 } as never, inner as never),
    plain,
  )
  return {
    'or()': or<never>({ paperId: 'a' } as never, plain),
    'not()': not<never>(plain),
    'and(not(or()))': and<never>(not<never>(or<never>(plain, { pages: 1 } as never))),
    'a branch that can never hold': and<never>({ paperId: oneOf([]) } as never, plain),
    'ten levels': deep,
    'a getter': Object.defineProperty({}, 'fee', { enumerable: true, get: () => fee }),
    'a field that is not enumerable': Object.defineProperty({}, 'fee', { value: fee }),
    'an object without prototype': Object.assign(Object.create(null) as object, { fee }),
    'a proxy': new Proxy({ fee }, {}),
  }
}

for (const name of Object.keys(disguises(0)))
  add(`attack 02: a sensitive field is found inside ${name}`, async (context) => {
    const { as, calls, where, free } = await fillFees(context)
    const { papers } = as('u', ['reader', 'writer'])
    for (const fee of [10, 11]) {
      const filter = disguises(fee)[name] as never
      for (const query of [
        { where: and<never>(where as never, filter) },
        { where: filter, scan: true },
      ])
        for (const [, run] of askings(papers, query))
          await refused(run, 'FORBIDDEN', { field: 'fee', entity: 'paper' })
      for (const id of ['a', 'none']) {
        const key = paper(context, id)
        await refused(() => papers.update(key, { title: 'x' }, { if: filter }), 'FORBIDDEN', {
          field: 'fee',
        })
        await refused(() => papers.delete(key, { if: filter }), 'FORBIDDEN', { field: 'fee' })
      }
    }
    same(calls, [])
    same(await free.count({ where }), 4)
  })

for (const [name, filter] of [
  ['a dotted path', { 'fee.x': 10 }],
  ['a path from the entity', { 'paper.fee': 10 }],
  ['a JSON path', { '$.fee': 10 }],
  ['a quoted name', { '"fee"': 10 }],
  ['a name in other case', { FEE: 10 }],
  ['a name with a space', { 'fee ': 10 }],
  ['a list', [{ fee: 10 }]],
  ['an object like a list', { 0: { fee: 10 }, length: 1 }],
  ['an inherited field', Object.create({ fee: 10 })],
  ['a Map', new Map([['fee', 10]])],
  ['a list inside and()', and<never>([{ fee: 10 }] as never)],
] as const)
  add(`attack 02: ${name} is no way to name a sensitive field`, async (context) => {
    const { as, calls, where, free } = await fillFees(context)
    const { papers } = as('u', ['reader', 'writer'])
    for (const [, run] of askings(papers, { where: filter, scan: true }))
      await refused(run, 'INVALID', { entity: 'paper' })
    const options = { if: filter as never }
    await refused(() => papers.update(paper(context, 'a'), { title: 'x' }, options), 'INVALID')
    await refused(() => papers.delete(paper(context, 'a'), options), 'INVALID')
    same(papers.explain({ where: filter as never, scan: true }).access, 'refused')
    same(calls, [])
    same(await free.count({ where }), 4)
  })

add('attack 03: an order by a hidden field is FORBIDDEN', async (context) => {
  const { as, calls, where } = await fillFees(context)
  const { papers } = as('u', ['reader', 'writer'])
  for (const orderBy of ['asc', 'desc'] as const) {
    const query = { where, index: 'byFee', orderBy, limit: 1 } as const
    await refused(() => papers.find(query), 'FORBIDDEN', { field: 'fee', entity: 'paper' })
    await refused(() => papers.each(query)[Symbol.asyncIterator]().next(), 'FORBIDDEN', {
      field: 'fee',
    })
    same(papers.explain(query).access, 'refused')
  }
  // An index leaves out the records that lack its field: to count along it is to ask for the field.
  await refused(() => papers.count({ where, index: 'byFee' }), 'FORBIDDEN', { field: 'fee' })
  for (const orderBy of ['fee', { fee: 'asc' }, ['fee'], 'fee desc', 1])
    await refused(() => papers.find({ where, orderBy: orderBy as never }), 'INVALID', {
      field: 'orderBy',
    })
  same(calls, [])
})

add('attack 03: an order by a field revealed in part is narrowed to that part', async (context) => {
  const { as, where } = await fillFees(context)
  const { papers } = as('u', ['finance', 'reader'])
  same(shape((await papers.find({ where, index: 'byFee' })).items), 'a:10')
  same(await papers.count({ where, index: 'byFee' }), 1)
  same(
    shape((await as('u', ['admin']).papers.find({ where, index: 'byFee' })).items),
    'c:null a:10! b:20!',
  )
})

add('attack 03: no plan orders by a sensitive field that was not named', async (context) => {
  const { as, where } = await fillFees(context)
  for (const roles of [['reader'], ['finance', 'reader'], ['admin']] as const) {
    const { papers } = as('u', [...roles])
    for (const query of [{}, { where }, { where, orderBy: 'desc' }] as const)
      same(papers.explain(query).order, ['paperId'], roles.join())
  }
})

add('attack 04: a cursor along a hidden field is neither made nor taken', async (context) => {
  const { as, where } = await fillFees(context)
  const query = { where, index: 'byFee', limit: 1 } as const
  const { cursor = '' } = await as('u', ['admin']).papers.find(query)
  holds(cursor !== '', 'there is a next page')
  await refused(() => as('u', ['reader']).papers.find({ ...query, cursor }), 'FORBIDDEN', {
    field: 'fee',
  })
  await refused(() => as('u', ['reader']).papers.find({ where, cursor }), 'INVALID', {
    field: 'cursor',
  })
  // Revealed in part: the query is allowed, the position of somebody who sees more is not.
  await refused(() => as('u', ['reader', 'finance']).papers.find({ ...query, cursor }), 'INVALID', {
    field: 'cursor',
  })
})

add('attack 12: a role that widens rows does not widen cells', async (context) => {
  const { as, where } = await fillFees(context)
  const seen = async (...roles: Parameters<typeof as>[1]) =>
    shape((await as('u', roles).papers.find({ where })).items)
  same(await seen('finance'), 'a:10 d')
  same(await seen('finance', 'reader'), 'a:10 b c d')
  same(await seen('reader', 'finance'), 'a:10 b c d')
  same(await seen('reader', 'admin'), 'a:10! b:20! c:null d')
  const both = as('u', ['finance', 'reader'])
  same(shape([await both.papers.get(paper(context, 'b'))]), 'b')
  const keys = ['b', 'a'].map((id) => paper(context, id))
  same(shape(await both.papers.getMany(keys)), 'b a:10')
  same(shape(await both.transaction((tx) => tx.papers.getMany(keys))), 'b a:10')
})

add('attack 12: a field revealed in part narrows a query to that part', async (context) => {
  const { as, where } = await fillFees(context)
  const { papers } = as('u', ['finance', 'reader'])
  same(shape((await papers.find({ where: { ...where, fee: gte(10) } })).items), 'a:10')
  same(shape((await papers.find({ where: and(where, not({ fee: 5 })) })).items), 'a:10')
  for (const fee of [20, isNull(), gt(15)] as const)
    same(await papers.count({ where: { ...where, fee } }), 0)
  const either = or<never>({ pages: gt(0) } as never, { fee: 1 } as never)
  same(await papers.count({ where: and<never>(where as never, either) as never }), 2)
})

add('attack 03: a rule about a hidden field does not order by it', async (context) => {
  const { as, free } = openPapers(context, ({ allow, me }) => ({
    read: [allow('*', { tenantId: me.tenantId, fee: gt(0) })],
  }))
  await free.createMany([
    paper(context, 'a', { fee: 3 }),
    paper(context, 'b', { fee: 1 }),
    paper(context, 'c', { fee: 2 }),
    paper(context, 'd', { fee: 0 }),
  ])
  const { papers } = as('u', [])
  for (const where of [{}, { tenantId: context.unique }]) {
    same(papers.explain({ where }).access, 'key')
    same(shape((await papers.find({ where })).items), 'a b c')
  }
})
