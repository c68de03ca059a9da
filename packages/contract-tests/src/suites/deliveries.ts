import { type Key, VERSION_LENGTH, type Write } from '@holdfast/core/driver'
import { collect, type Context } from '../case.ts'
import { same } from '../expect.ts'
import { entities } from '../fixtures.ts'

const { add, suite } = collect('deliveries')

/** What the store itself refuses when a network delivers a write late, or twice. */
export const deliveriesSuite = suite

const entity = entities.counters.model

/** A write id: the greater `at`, the later. */
const idAt = (at: number, lane = 'A'): string => `00${String(at).padStart(19, '0')}${lane}`

const valueOf = ([place, id]: Key, count: number) => ({ place, id, count, needed: 'needed' })

/** The same change in every form that a write has. */
const formsOf = (key: Key, id: string): Readonly<Record<string, Write>> => {
  const base = { entity, key, id }
  const value = valueOf(key, 7)
  const patch = { ...base, kind: 'patch', expect: 'present', set: {}, remove: [] } as const
  return {
    put: { ...base, kind: 'put', expect: 'any', value },
    replacement: { ...base, kind: 'put', expect: 'present', value },
    increment: { ...patch, increment: { count: 1 } },
    change: { ...patch, set: { label: 'changed' }, increment: {} },
    delete: { ...base, kind: 'delete', expect: 'present' },
  }
}

/** The ids in a history, in their own order. */
const idsIn = (history = ''): readonly string[] =>
  (history.match(new RegExp(`.{${VERSION_LENGTH}}`, 'g')) ?? []).toSorted()

const stored = async ({ driver }: Context, key: Key) =>
  (await driver.get(entity, [key], { history: true }))[0]

/** Sends a write alone, in a list that is atomic, and in one that is not; none may be applied. */
const refusedEverywhere = async (context: Context, write: Write, key: Key): Promise<void> => {
  const { driver, unique } = context
  const before = await stored(context, key)
  const other: Key = [unique, 'other']
  const beside: Write = {
    entity,
    key: other,
    id: idAt(1),
    kind: 'put',
    expect: 'any',
    value: valueOf(other, 1),
  }
  const [alone] = await driver.write([write], { atomic: false })
  same(alone?.applied, false, 'alone')
  const together = await driver.write([write, beside], { atomic: true })
  same(together[0]?.applied, false, 'in an atomic list')
  same(await stored(context, other), undefined, 'nothing of an atomic list may stay')
  const each = await driver.write([write, beside], { atomic: false })
  same(each[0]?.applied, false, 'in a list')
  same(each[1]?.applied, true, 'the other write of a list stands alone')
  await driver.write([{ entity, key: other, id: idAt(2), kind: 'delete', expect: 'present' }], {
    atomic: false,
  })
  same(await stored(context, key), before, 'the record must stay as it was')
}

for (const form of Object.keys(formsOf(['', ''], ''))) {
  add(`a ${form} that comes late changes nothing`, async (context) => {
    const key: Key = [context.unique, 'late']
    const newest = formsOf(key, idAt(5, 'B'))['put'] as Write
    await context.driver.write([newest], { atomic: false })
    await refusedEverywhere(context, formsOf(key, idAt(4))[form] as Write, key)
  })

  add(`a ${form} that comes twice is done once`, async (context) => {
    const key: Key = [context.unique, 'twice']
    const first = formsOf(key, idAt(4))['put'] as Write
    await context.driver.write([first], { atomic: false })
    const write = formsOf(key, idAt(5))[form] as Write
    const [result] = await context.driver.write([write], { atomic: false })
    same(result?.applied, true)
    await refusedEverywhere(context, write, key)
  })
}

add('a record keeps the newest id of each lane through writes of every form', async (context) => {
  const key: Key = [context.unique, 'history']
  const { put, replacement, increment, change } = {
    put: formsOf(key, idAt(1, 'A'))['put'],
    replacement: formsOf(key, idAt(2, 'B'))['replacement'],
    increment: formsOf(key, idAt(3, 'C'))['increment'],
    change: formsOf(key, idAt(4, 'A'))['change'],
  }
  const again = formsOf(key, idAt(5, 'D'))['put']
  const expected = [
    [put, [idAt(1, 'A')]],
    [replacement, [idAt(1, 'A'), idAt(2, 'B')]],
    [increment, [idAt(1, 'A'), idAt(2, 'B'), idAt(3, 'C')]],
    [change, [idAt(2, 'B'), idAt(3, 'C'), idAt(4, 'A')]],
    [again, [idAt(2, 'B'), idAt(3, 'C'), idAt(4, 'A'), idAt(5, 'D')]],
  ] as const
  for (const [write, ids] of expected) {
    await context.driver.write([write as Write], { atomic: false })
    same(idsIn((await stored(context, key))?.history), ids, write?.kind ?? '')
  }
})

add(
  'a record with unique values keeps its history as well',
  async (context) => {
    const { model } = entities.accounts
    const key: Key = [context.unique, 'history']
    const value = { tenantId: context.unique, accountId: 'history', address: 'here' }
    const ids = [idAt(1, 'A'), idAt(2, 'B')]
    for (const id of ids) {
      const write: Write = { kind: 'put', entity: model, key, id, value, expect: 'any' }
      same(await context.driver.write([write], { atomic: false }), [{ applied: true }])
    }
    const [record] = await context.driver.get(model, [key], { history: true })
    same(idsIn(record?.history), ids)
  },
  ({ driver }) => driver.capabilities.uniqueIndexes !== 'none',
)
