import { createStore, defineActor, definePolicy } from '@holdfast/core'
import { z } from 'zod'
import { collect } from '../case.ts'
import { refused, same } from '../expect.ts'
import { entities } from '../fixtures.ts'
import { ATTACK_MODELS, outline } from './fixtures.ts'

const { add, suite } = collect('attacks on writes', ATTACK_MODELS)

/** Attempts by `put` where nothing is sensitive, so that it may be one conditional write. */
export const putAttacks = suite

add(
  'attack 36: put in one conditional write neither overwrites a hidden record nor differs',
  async (context) => {
    const actor = defineActor(z.object({ id: z.string(), roles: z.array(z.string()) }))
    const store = createStore({
      adapter: context.driver,
      entities: { counters: entities.counters },
      policies: [
        definePolicy(entities.counters, actor, ({ allow, deny, me }) => ({
          read: [allow('*', { label: me.id })],
          create: [allow('*')],
          update: [allow('*', {}, { check: {} }), deny('*', { count: 9 }, { on: 'old' })],
        })),
      ],
      actor,
    })
    const free = store.unrestricted('contract kit').counters
    const { counters } = store.as({ id: 'u', roles: [] })
    const key = (id: string) => ({ place: context.unique, id })
    for (const [id, label, count] of [
      ['mine', 'u', 1],
      ['theirs', 'v', 1],
      ['unlabelled', null, 1],
      ['final', 'u', 9],
    ] as const)
      await free.create({ ...key(id), label, count })
    const all = () => free.find({ where: { place: context.unique } })
    const before = await all()
    const put = (id: string) => () => counters.put({ ...key(id), label: 'u', count: 2 })
    const collision = await refused(() => counters.create({ ...key('mine') }), 'ALREADY_EXISTS')
    for (const id of ['theirs', 'unlabelled']) {
      const hidden = await refused(put(id), 'ALREADY_EXISTS', { entity: 'counter' })
      same(outline(hidden, id), outline(collision, 'mine'))
      const [many] = await counters.putMany([{ ...key(id), label: 'u', count: 2 }])
      same(many?.ok === false ? many.error.code : 'ok', 'ALREADY_EXISTS')
    }
    await refused(put('final'), 'FORBIDDEN')
    same(await all(), before)
    same((await put('mine')()).count, 2)
  },
)
