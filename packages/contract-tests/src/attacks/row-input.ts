import { and, between, gt, has, not, oneOf, or, startsWith } from '@holdfast/core'
import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { openPapers, paper } from '../query-fixtures.ts'
import { askings, ATTACK_MODELS } from './fixtures.ts'
import { fillInput, loose, refuseFilter } from './input-fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Input as it comes from the network: what is not exactly legal is refused, and never widens. */
export const inputAttacks = suite

for (const [name, filter, field] of [
  ['a field', { status: undefined }, 'status'],
  ['a field beside others', { tenantId: 't', status: undefined }, 'status'],
  ['a field inside or()', or({ pages: 1 }, loose({ status: undefined })), 'status'],
  ['a field inside not()', not(loose({ status: undefined })), 'status'],
  ['an operand', { pages: gt(loose(undefined)) }, 'pages'],
  ['a bound of between', { pages: between(1, loose(undefined)) }, 'pages'],
  ['an element of oneOf', { status: oneOf(['x', loose(undefined)]) }, 'status'],
  ['the list of oneOf', { status: oneOf(loose(undefined)) }, 'status'],
  ['an element of has', { readers: has(loose(undefined)) }, 'readers'],
  ['a prefix', { status: startsWith(loose(undefined)) }, 'status'],
  ['a filter inside and()', and(loose(undefined)), undefined],
  ['a filter inside not()', not(loose(undefined)), undefined],
] as const)
  add(`attack 18: undefined in a filter is refused: ${name}`, (context) =>
    refuseFilter(context, filter, field),
  )

add(
  'attack 18: undefined in place of a filter, a condition or a version is refused',
  async (context) => {
    const { papers, untouched } = await fillInput(context)
    const key = paper(context, 'a')
    for (const [, call] of askings(papers, { where: undefined }))
      await refused(call, 'INVALID', { field: 'where' })
    for (const field of ['if', 'ifVersion'] as const) {
      const options = loose({ [field]: undefined })
      await refused(() => papers.update(key, { title: 'x' }, options), 'INVALID', { field })
      await refused(() => papers.delete(key, options), 'INVALID', { field })
    }
    await untouched()
  },
)

add('attack 18: undefined in a key or a patch is refused', async (context) => {
  const { papers, untouched } = await fillInput(context)
  const key = paper(context, 'a')
  for (const bad of [{ ...key, paperId: undefined }, { tenantId: context.unique }]) {
    const detail = { field: 'paperId' }
    await refused(() => papers.get(loose(bad)), 'INVALID', detail)
    await refused(() => papers.getMany([key, loose(bad)]), 'INVALID', detail)
    await refused(() => papers.update(loose(bad), { title: 'x' }), 'INVALID', detail)
    await refused(() => papers.delete(loose(bad)), 'INVALID', detail)
  }
  await refused(() => papers.get(loose(undefined)), 'INVALID')
  await refused(() => papers.delete(loose(undefined)), 'INVALID')
  await refused(() => papers.update(key, { title: loose(undefined) }), 'INVALID', {
    field: 'title',
  })
  const outcomes = await papers.deleteMany([
    loose(undefined),
    loose({ ...key, paperId: undefined }),
  ])
  same(
    outcomes.map((one) => (one.ok ? 'ok' : one.error.code)),
    ['INVALID', 'INVALID'],
  )
  await untouched()
})

for (const [name, filter, field] of [
  ['a misspelt field', { tenantID: 'x' }, 'tenantID'],
  ['the version', { revision: 'x' }, 'revision'],
  ['$or', { $or: [{ status: 'open' }] }, '$or'],
  ['OR', { OR: [{ status: 'open' }] }, 'OR'],
  ['AND', { AND: [] }, 'AND'],
  ['NOT', { NOT: { status: 'x' } }, 'NOT'],
  ['$where', { $where: '1' }, '$where'],
  ['and', { and: [{ status: 'open' }] }, 'and'],
  ['a symbol', { [Symbol('status')]: 'x' }, 'Symbol(status)'],
  ['a field of the store itself', { _v: '0' }, '_v'],
  ['an empty name', { '': 1 }, ''],
] as const)
  add(`attack 19: an unknown name in a filter is refused, never dropped: ${name}`, (context) =>
    refuseFilter(context, filter, field),
  )

add('attack 19: an unknown option is refused, never dropped', async (context) => {
  const { papers, where, untouched } = await fillInput(context)
  for (const field of ['filter', 'wheres', 'If', 'select_', 'order', 'offset'])
    await refused(() => papers.find(loose({ where, [field]: { status: 'x' } })), 'INVALID', {
      field,
    })
  const key = paper(context, 'a')
  for (const field of ['where', 'iff', 'IF', 'condition', 'ifversion']) {
    const options = loose({ [field]: { status: 'x' } })
    await refused(() => papers.update(key, { title: 'x' }, options), 'INVALID', { field })
    await refused(() => papers.delete(key, options), 'INVALID', { field })
  }
  await refused(() => papers.find(loose({ where, index: 'byNothing' })), 'INVALID')
  await refused(() => papers.find(loose({ where, select: ['nothing'] })), 'INVALID')
  await untouched()
})

for (const [name, filter] of [
  ['or()', or()],
  ['and()', and()],
  ['not() of or()', not(or())],
  ['or() inside and()', and({ status: 'open' }, or())],
  ['not() of nothing', not(loose(undefined))],
] as const)
  add(`attack 20: ${name} is refused, not true`, (context) => refuseFilter(context, filter))

add('attack 20: a rule with or() of nothing is refused when declared', async (context) => {
  for (const filter of [or(), and(), not(or())])
    await refused(
      () => openPapers(context, ({ allow }) => ({ read: [allow('*', filter as never)] })),
      'INVALID',
      { entity: 'paper' },
    )
})

add('attack 20: a change by filter needs a filter that says something', async (context) => {
  const { papers, untouched } = await fillInput(context)
  for (const where of [
    {},
    and({}),
    or({}),
    and({}, {}),
    and(or({})),
    or({ status: 'x' }, {}),
    not(not({})),
  ]) {
    const query = { where: loose(where), scan: true }
    await refused(() => papers.deleteWhere(query), 'INVALID', { field: 'where' })
    await refused(() => papers.updateWhere(query, { title: 'x' }), 'INVALID', { field: 'where' })
  }
  await untouched()
})
