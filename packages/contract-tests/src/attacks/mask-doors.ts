import { defineEntity, startsWith } from '@holdfast/core'
import { z } from 'zod'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { paper } from '../query-fixtures.ts'
import { fillFees, shape } from './fee-fixtures.ts'
import { ATTACK_MODELS, lackMembers } from './fixtures.ts'

const { add, suite } = collect('attacks on masks', ATTACK_MODELS)

/** Ways to a masked field that other stores have: there is no such door here, or it is masked too. */
export const maskDoorAttacks = suite

type Filled = Awaited<ReturnType<typeof fillFees>>

/** Each option is refused by name, with nothing read. */
const refuseOptions = async (
  { as, calls, where }: Filled,
  options: Readonly<Record<string, unknown>>,
): Promise<void> => {
  const { papers } = as('u', ['reader', 'writer'])
  for (const [field, value] of Object.entries(options)) {
    const query = { where, [field]: value } as never
    await refused(() => papers.find(query), 'INVALID', { field, entity: 'paper' })
    await refused(() => papers.count(query), 'INVALID', { field, entity: 'paper' })
    await refused(() => papers.each(query)[Symbol.asyncIterator]().next(), 'INVALID', { field })
    await refused(() => papers.updateWhere(query, { title: 'x' }), 'INVALID', { field })
    await refused(() => papers.deleteWhere(query), 'INVALID', { field })
    same(papers.explain(query).access, 'refused')
  }
  same(calls, [])
}

/** The repository and the one of a transaction have no such methods. */
const refuseMethods = async ({ as }: Filled, names: readonly string[]): Promise<void> => {
  const db = as('u', ['reader'])
  lackMembers([db, db.papers], names)
  await db.transaction(async (tx) => lackMembers([tx, tx.papers], names))
}

add('attack 07: there are no aggregates, groups or distinct values', async (context) => {
  const filled = await fillFees(context)
  const { papers } = filled.as('u', ['reader'])
  // @ts-expect-error there is no sum
  holds(papers.sum === undefined, 'no sum')
  // @ts-expect-error there is no distinct
  holds(papers.distinct === undefined, 'no distinct')
  // @ts-expect-error there is no option groupBy
  await refused(() => papers.find({ groupBy: ['fee'] }), 'INVALID', { field: 'groupBy' })
  // @ts-expect-error count takes no field to count by
  await refused(() => papers.count({ select: ['fee'] }), 'INVALID', { field: 'select' })
  await refuseMethods(filled, 'sum min max avg average aggregate groupBy distinct'.split(' '))
  await refuseOptions(filled, {
    groupBy: ['fee'],
    distinct: 'fee',
    aggregate: { max: 'fee' },
    having: { fee: 10 },
    max: 'fee',
    _max: { fee: true },
  })
})

add('attack 07: a star selects nothing', async (context) => {
  const { as, calls, where } = await fillFees(context)
  const { papers } = as('u', ['reader'])
  for (const select of [['*'], '*', ['paper.*'], [''], []])
    await refused(() => papers.find({ where, select: select as never }), 'INVALID', {
      field: 'select',
    })
  same(calls, [])
})

add('attack 08: there is no search, and a prefix asks like any other filter', async (context) => {
  const filled = await fillFees(context)
  const { papers } = filled.as('u', ['reader'])
  // @ts-expect-error there is no search
  holds(papers.search === undefined, 'no search')
  // @ts-expect-error there is no option search
  await refused(() => papers.find({ search: 'zulu' }), 'INVALID', { field: 'search' })
  await refuseMethods(filled, ['search', 'match', 'fullText'])
  await refuseOptions(filled, {
    search: 'zulu',
    q: 'zulu',
    text: 'zulu',
    match: { secret: 'zulu' },
  })
  for (const prefix of ['', 'z', 'x'])
    await refused(
      () => papers.find({ where: { ...filled.where, secret: startsWith(prefix) } }),
      'FORBIDDEN',
      { field: 'secret' },
    )
  same(filled.calls, [])
})

add('attack 09: a masked field is in no answer, selected or not', async (context) => {
  const { as, where } = await fillFees(context)
  const { papers } = as('u', ['reader'])
  for (const query of [{ where }, { where, select: ['paperId', 'fee', 'secret'] }] as const) {
    same(shape((await papers.find(query)).items), 'a b c d')
    const each: { paperId: string }[] = []
    for await (const row of papers.each(query)) each.push(row)
    same(shape(each), 'a b c d')
  }
  same((await papers.find({ where, select: ['fee', 'secret'] })).items, [{}, {}, {}, {}])
  const row = await papers.get(paper(context, 'a'))
  holds(row !== undefined && !('fee' in row) && !('secret' in row), 'masked')
  same(shape(await papers.getMany(['a', 'b'].map((id) => paper(context, id)))), 'a b')
})

for (const [name, select] of [
  ['an object of names', { shown: 'fee' }],
  ['SQL', ['fee as shown']],
  ['a function in SQL', ['max(fee)']],
  ['a pair', [['fee', 'shown']]],
  ['a list within the list', [['fee']]],
  ['an object', [{ field: 'fee', as: 'shown' }]],
  ['an object that turns into a name', [{ toString: () => 'fee' }]],
  ['text', 'fee'],
  ['a path', ['fee.x']],
  ['an inherited name', ['constructor']],
  ['the prototype', ['__proto__']],
] as const)
  add(`attack 09: select renames and computes nothing: ${name}`, async (context) => {
    const { as, calls, where } = await fillFees(context)
    for (const roles of [['reader'], ['admin']] as const)
      await refused(
        () => as('u', [...roles]).papers.find({ where, select: select as never }),
        'INVALID',
        { field: 'select', entity: 'paper' },
      )
    same(calls, [])
  })

add('attack 09: select is a list of fields at type level too', async (context) => {
  const { as, where } = await fillFees(context)
  const { papers } = as('u', ['reader'])
  const renamed = { shown: 'fee' } as const
  // @ts-expect-error select is no object
  await refused(() => papers.find({ where, select: renamed }), 'INVALID', { field: 'select' })
  const { items } = await papers.find({ where, select: ['fee'] })
  const shown: { readonly fee?: number | null | undefined } | undefined = items[0]
  same(shown, {})
})

add('attack 10: no relation loads a record past its own mask', async (context) => {
  const filled = await fillFees(context)
  const { papers } = filled.as('u', ['reader'])
  // @ts-expect-error there is no option include
  await refused(() => papers.find({ include: { owner: true } }), 'INVALID', { field: 'include' })
  const relations = { owner: { entity: 'paper', field: 'ownerId' } }
  const schema = z.object({ id: z.string() })
  // @ts-expect-error an entity declares no relations
  const related = defineEntity('related', { schema, key: { partition: ['id'] }, relations })
  holds(!JSON.stringify(related.model).includes('owner'), 'relations are not part of a model')
  await refuseMethods(filled, ['include', 'load', 'populate', 'related', 'join', 'with'])
  await refuseOptions(filled, {
    include: { owner: true },
    with: ['owner'],
    populate: 'owner',
    relations: ['owner'],
    join: { entity: 'paper' },
    expand: 'owner',
  })
})

add('attack 10: what a record names is read through its own policy and mask', async (context) => {
  const { as, free } = await fillFees(context)
  await free.create(paper(context, 'child', { title: 'a' }))
  const { papers } = as('u', ['reader'])
  const child = await papers.get(paper(context, 'child'))
  const parent = await papers.get(paper(context, child?.title ?? ''))
  same(shape([parent]), 'a')
})
