import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { fillPapers } from '../paper-fixtures.ts'
import { paper, QUERY_MODELS } from '../query-fixtures.ts'

const { add, suite } = collect('hidden records', QUERY_MODELS)

/** Writes under policies: what may not be read does not exist, what may not be written says why. */
export const hiddenSuite = suite

add('readable but not writable is FORBIDDEN', async (context) => {
  const { papers, stored } = await fillPapers(context)
  await refused(() => papers.update(paper(context, 'public'), { title: 'x' }), 'FORBIDDEN', {
    entity: 'paper',
  })
  await refused(() => papers.delete(paper(context, 'public')), 'FORBIDDEN', { entity: 'paper' })
  await refused(
    () => papers.put(paper(context, 'public', { ownerId: 'v', title: 'x' })),
    'FORBIDDEN',
    { entity: 'paper' },
  )
  same((await stored('public'))?.title, undefined)
})

add('a deny names its rule, and looks at the old or the new record as told', async (context) => {
  const { papers, stored } = await fillPapers(context)
  const old = await refused(
    () => papers.update(paper(context, 'final'), { status: 'draft' }),
    'FORBIDDEN',
  )
  same(old.rule, 'final')
  const made = await refused(
    () => papers.update(paper(context, 'mine'), { pages: 101 }),
    'FORBIDDEN',
  )
  same(made.rule, 'too-long')
  same((await refused(() => papers.delete(paper(context, 'final')), 'FORBIDDEN')).rule, 'no-delete')
  same(
    (await papers.update(paper(context, 'mine'), { status: 'final', pages: 100 })).status,
    'final',
  )
  same((await stored('final'))?.status, 'final')
})

add('a deny on the new record fires on unknown too', async (context) => {
  const { papers } = await fillPapers(context)
  const error = await refused(
    () => papers.update(paper(context, 'mine'), { pages: null }),
    'FORBIDDEN',
  )
  same(error.rule, 'too-long')
})
