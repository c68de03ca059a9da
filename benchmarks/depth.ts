import { type Finding, ratioFindings } from './finding.ts'
import { measure } from './harness.ts'
import { clerk, TENANT } from './order.ts'
import { type BenchmarkStore, PAGE } from './order-store.ts'

const GOAL = 1.15
const STEP = 1000

/** Records kept behind the deep page, so that it is full. */
export const BEHIND = 1000

/** Page of 50 at great depth against the first one, along the key, with the same query. */
export const depthFindings = async (
  store: BenchmarkStore,
  { rounds, rows }: { rounds: number; rows: number },
): Promise<Finding[]> => {
  const { deep } = store.as(clerk)
  const query = { where: { tenantId: TENANT } } as const
  const from = (cursor: string | undefined) => (cursor === undefined ? {} : { cursor })
  // A cursor fits its query at any page size, so the way down takes long strides.
  const start = performance.now()
  let cursor: string | undefined
  for (let at = 0; at < rows; at += STEP) {
    const page = await deep.find({ ...query, ...from(cursor), limit: STEP, select: ['orderId'] })
    if (page.cursor === undefined) throw new Error(`The table ends at ${at + page.items.length}.`)
    cursor = page.cursor
  }
  const seconds = (performance.now() - start) / 1000
  const second = (await deep.find({ ...query, limit: PAGE })).cursor
  const samples = await measure(
    [
      { name: 'second page', run: () => deep.find({ ...query, ...from(second), limit: PAGE }) },
      { name: `at ${rows}`, run: () => deep.find({ ...query, ...from(cursor), limit: PAGE }) },
      { name: 'first page, no cursor', run: () => deep.find({ ...query, limit: PAGE }) },
    ],
    {
      rounds,
      check: (value, name) => {
        const { items } = value as { items: readonly unknown[] }
        if (items.length !== PAGE) throw new Error(`${name} holds ${items.length} records.`)
      },
    },
  )
  const deepest = `at ${rows}`
  const judging = { what: 'page by depth', base: 'second page', goals: { [deepest]: GOAL } }
  return [
    ...ratioFindings(samples, judging),
    { what: 'walk to that depth', variant: `pages of ${STEP}`, value: seconds, unit: 's' },
  ]
}
