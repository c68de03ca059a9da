import { and, append, gt, increment, oneOf, startsWith } from '@holdfast/core'
import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { openStore } from '../fixtures.ts'
import { paper } from '../query-fixtures.ts'
import { ATTACK_MODELS, openDossiers } from './fixtures.ts'
import { fillInput, loose, refuseFilter } from './input-fixtures.ts'

const { add, suite } = collect('attacks on rows', ATTACK_MODELS)

/** Operators sent as data: each is refused or a literal. */
export const operatorAttacks = suite

const OPERATOR_LIKE = {
  $ne: { $ne: null },
  $gt: { $gt: '' },
  $regex: { $regex: '.*' },
  $exists: { $exists: true },
  $in: { $in: ['open'] },
  'a bare operator': { gt: 0 },
  'an operator as data': { op: 'gt', value: '' },
  'a specification': { op: 'exists' },
  'the brand as text': JSON.parse('{"Symbol(holdfast.operator)":{"op":"exists"}}') as object,
  'the name of the brand': JSON.parse('{"holdfast.operator":{"op":"exists"}}') as object,
  'another symbol': { [Symbol('holdfast.operator')]: { op: 'exists' } },
  'an operator sent as JSON': JSON.parse(JSON.stringify(gt(''))) as object,
  'a reference as text': { 'holdfast.reference': 'tenantId' },
  'an actor reference': { actor: 'tenantId' },
  'an empty object': {},
  'a list': ['open'],
  'a nested list': [['open']],
  'a regular expression': /.*/,
  'a function': () => true,
  'a symbol': Symbol('open'),
  'a Map': new Map([['$ne', null]]),
  'a class instance': new (class Twin {
    readonly op = 'exists'
  })(),
  NaN: Number.NaN,
  null: null,
} as const

for (const [name, value] of Object.entries(OPERATOR_LIKE)) {
  add(`attack 23: in a filter no operator can be sent as data: ${name}`, (context) =>
    refuseFilter(context, { tenantId: context.unique, status: value }, 'status'),
  )

  add(
    `attack 23: in a key, a patch or a record no operator can be sent as data: ${name}`,
    async (context) => {
      const { papers, db, untouched } = await fillInput(context)
      const [key, bad] = [paper(context, 'a'), paper(context, loose(value))]
      const detail = { field: 'paperId' }
      await refused(() => papers.get(bad), 'INVALID', detail)
      await refused(() => papers.update(bad, { title: 'x' }), 'INVALID', detail)
      await refused(() => papers.delete(bad), 'INVALID', detail)
      await refused(() => db.transaction((tx) => tx.papers.get(bad)), 'INVALID', detail)
      const status = loose(value)
      await refused(() => papers.update(key, { status }), 'INVALID', { field: 'status' })
      await refused(() => papers.create({ ...key, status }), 'INVALID', { field: 'status' })
      await refused(() => papers.put({ ...key, status }), 'INVALID', { field: 'status' })
      await refused(() => papers.create(bad), 'INVALID', { field: 'paperId' })
      const ifVersion = loose(value)
      await refused(() => papers.delete(key, { ifVersion }), 'INVALID', { field: 'ifVersion' })
      for (const option of ['orderBy', 'limit', 'cursor', 'maxScanned'])
        await refused(
          () => papers.find({ where: paper(context, 'a'), [option]: value }),
          'INVALID',
          {
            field: option,
          },
        )
      await untouched()
    },
  )
}

add('attack 23: operators stand only where they belong', async (context) => {
  const { papers, untouched } = await fillInput(context)
  const key = paper(context, 'a')
  for (const operator of [
    gt(''),
    oneOf(['a']),
    increment(1),
    append('x'),
    and({}),
    startsWith(''),
  ]) {
    await refused(() => papers.get({ ...key, paperId: loose(operator) }), 'INVALID', {
      field: 'paperId',
    })
    await refused(() => papers.create({ ...key, title: loose(operator) }), 'INVALID', {
      field: 'title',
    })
  }
  for (const operator of [gt(''), oneOf(['a']), and({})])
    await refused(() => papers.update(key, { title: loose(operator) }), 'INVALID', {
      field: 'title',
    })
  for (const operator of [increment(1), append('x')])
    await refused(() => papers.find({ where: { ...key, pages: loose(operator) } }), 'INVALID', {
      field: 'pages',
    })
  await untouched()
})

add('attack 23: a rule about the actor cannot be sent by a caller', async (context) => {
  let stolen: unknown
  openDossiers(context, ({ me }) => {
    stolen = me.tenantId
    return {}
  })
  await refuseFilter(context, { tenantId: stolen }, 'tenantId')
})

add(
  'attack 23: where any value is legal, an object is stored and found as itself',
  async (context) => {
    const { db } = openStore(context)
    const key = { place: context.unique, id: 'a' }
    const twin = JSON.parse('{"gt":"","operator":{"op":"exists"}}') as object
    await db.everything.create({ ...key, any: twin, doc: twin as never })
    const row = await db.everything.get(key)
    same([row?.any, row?.doc], [twin, twin])
    for (const operator of [gt(0), increment(1), and({})])
      await refused(() => db.everything.create({ ...key, id: 'b', any: operator }), 'INVALID', {
        field: 'any',
      })
    holds((await db.everything.get({ ...key, id: 'b' })) === undefined, 'nothing is written')
  },
)
