import { deepStrictEqual } from 'node:assert/strict'
import { isHoldfastError } from '@holdfast/core'
import {
  abilityWith,
  actorOf,
  asked,
  can,
  type Layout,
  orderOf,
  type PolicyOrder,
  storeWith,
  TENANT,
} from './policy-rules.ts'

/** Orders that the first, the middle and the last rule allow, of our tenant and of another, and denied ones. */
const samplesOf = (layout: Layout, count: number): PolicyOrder[] => {
  const positions = [0, Math.floor(count / 2), count - 1, count]
  const changes = positions.flatMap((at) => [
    asked(layout, at),
    { ...asked(layout, at), tenantId: 'other' },
  ])
  return [{}, ...changes].map((change, at) => orderOf(at, change))
}

/** Whether a write is allowed; throws what is no refusal by policy. */
const isAllowed = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write
    return true
  } catch (error) {
    // What is not readable is not found.
    if (isHoldfastError(error) && ['FORBIDDEN', 'NOT_FOUND'].includes(error.code)) return false
    throw error
  }
}

const holdfastVerdicts = async (layout: Layout, count: number, orders: readonly PolicyOrder[]) => {
  const actor = actorOf(layout, count)
  const reading = storeWith('read', layout, count, { page: () => orders }).as(actor)
  const { items } = await reading.orders.find({ where: { tenantId: TENANT } })
  const seen = new Set(items.map(({ orderId }) => orderId))
  const verdicts = []
  for (const order of orders) {
    const { orderId } = order
    // Without pushdown core decides; with it the store would, and a stub decides nothing.
    const answers = { stored: () => order, pushes: false }
    const writing = storeWith('write', layout, count, answers).as(actor).orders
    const update = writing.update({ tenantId: order.tenantId, orderId }, { note: 'x' })
    verdicts.push({
      read: seen.has(orderId),
      create: await isAllowed(writing.create(order)),
      update: await isAllowed(update),
    })
  }
  return verdicts
}

/** Throws unless Holdfast and CASL say the same of every sample, and the samples tell rules apart. */
export const checkVerdicts = async (layout: Layout, count: number): Promise<void> => {
  const orders = samplesOf(layout, count)
  const ability = abilityWith(layout, count, actorOf(layout, count))
  const expected = orders.map((order) => ({
    read: can(ability, 'read', { ...order }),
    create: can(ability, 'create', { ...order }),
    update: can(ability, 'update', { ...order }),
  }))
  deepStrictEqual(await holdfastVerdicts(layout, count, orders), expected)
  const allowed = expected.filter(({ read }) => read).length
  const last = expected[orders.length - 4]
  if (last?.create !== true || allowed === orders.length)
    throw new Error(`The orders do not tell the rules apart: ${layout}, ${count}.`)
}
