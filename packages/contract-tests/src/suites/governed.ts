import { collect } from '../case.ts'
import { holds, refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('governed writes', QUERY_MODELS)

/** What audit is told of writes and denials. */
export const governedSuite = suite

add('each write and denial is audited without field values', async (context) => {
  const { papers, events } = await fillPapers(context)
  events.length = 0
  await papers.create(paper(context, 'new', { ownerId: 'u', title: 'value-4711' }))
  await papers.update(paper(context, 'mine'), { title: 'value-4711' })
  await refused(() => papers.update(paper(context, 'public'), { title: 'value-4711' }), 'FORBIDDEN')
  await refused(() => papers.update(paper(context, 'final'), { title: 'value-4711' }), 'FORBIDDEN')
  await papers.delete(paper(context, 'new'))
  same(
    events.map(({ operation, outcome, rule, key }) => [operation, outcome, rule, key?.['paperId']]),
    [
      ['create', 'allowed', 'own-create', 'new'],
      ['update', 'allowed', events[1]?.rule, 'mine'],
      ['update', 'denied', undefined, 'public'],
      ['update', 'denied', 'final', 'final'],
      ['delete', 'allowed', 'own-delete', 'new'],
    ],
  )
  for (const { actor, entity } of events) same([actor, entity], ['u', 'paper'])
  holds(!JSON.stringify(events).includes('4711'), 'no field values in audit')
})

add('a query refused for a hidden field is audited', async (context) => {
  const { papers, events, where } = await fillPapers(context)
  events.length = 0
  await refused(() => papers.find({ where: { ...where, fee: 4711 } }), 'FORBIDDEN')
  same(
    events.map(({ operation, outcome }) => [operation, outcome]),
    [['read', 'denied']],
  )
  holds(!JSON.stringify(events).includes('4711'), 'no field values in audit')
})
