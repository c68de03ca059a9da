import { dynamodb } from '@holdfast/adapter-aws'
import {
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  increment,
  isHoldfastError,
} from '@holdfast/core'
import { DYNAMODB_CLIENT } from '@holdfast/engines'
import { z } from 'zod'
import type { Addresses } from './dynamodb.ts'
import { type Counters, KEYS } from './load.ts'

const Counter = defineEntity('counter', {
  schema: z.object({ tenantId: z.string(), id: z.string(), hits: z.int(), revision: z.string() }),
  key: { partition: ['tenantId'], sort: ['id'] },
  version: 'revision',
})

const actor = defineActor(
  z.object({ id: z.string(), tenantId: z.string(), roles: z.array(z.enum(['worker'])) }),
)

const policy = definePolicy(Counter, actor, ({ me, allow }) => {
  const own = [allow('worker', { tenantId: me.tenantId })]
  return { read: own, create: own, update: own, delete: [] }
})

const open = (endpoint: string, requestTimeoutMs: number) =>
  createStore({
    adapter: dynamodb({ ...DYNAMODB_CLIENT, endpoint, requestTimeoutMs }),
    entities: { counters: Counter },
    policies: [policy],
    actor,
  })

const worker = { id: 'w1', tenantId: 'acme', roles: ['worker' as const] }
const keyOf = (key: number) => ({ tenantId: 'acme', id: `c${key}` })
const keys = Array.from({ length: KEYS }, (_, key) => keyOf(key))

/** `increment` of Holdfast, as any program would call it. */
export const holdfastCounters = async ({
  direct,
  proxied,
  requestTimeoutMs,
}: Addresses): Promise<Counters> => {
  const straight = open(direct, requestTimeoutMs)
  await straight.ensureSchema()
  for (const key of keys) await straight.as(worker).counters.create({ ...key, hits: 0 })
  const store = open(proxied, requestTimeoutMs)
  const db = store.as(worker)
  return {
    name: 'Holdfast',
    async increment(key) {
      try {
        await db.counters.update(keyOf(key), { hits: increment(1) })
        return 'acknowledged'
      } catch (error) {
        if (!isHoldfastError(error)) throw error
        return error.outcome === 'unknown' ? 'unknown' : 'refused'
      }
    },
    async stored() {
      const rows = await straight.as(worker).counters.getMany(keys)
      return rows.reduce((sum, row) => sum + (row?.hits ?? 0), 0)
    },
    close: async () => {
      await store.close()
      await straight.close()
    },
  }
}
