import { expect, test } from 'vitest'
import { anomaliesOf } from '../src/fault-run/anomalies.ts'
import type { ListHistory, ListStep, ListTransaction } from '../src/fault-run/history.ts'

const read = (key: string, ...found: readonly string[]): ListStep => ({ do: 'read', key, found })
const append = (key: string, ...items: readonly string[]): ListStep => ({
  do: 'append',
  key,
  items,
})

/** Transactions t0, t1, … that all run side by side unless told otherwise. */
const history = (
  final: ListHistory['final'],
  ...transactions: readonly (readonly ListStep[] | Partial<ListTransaction>)[]
): ListHistory => ({
  final,
  transactions: transactions.map((one, at) => ({
    name: `t${at}`,
    outcome: 'acknowledged',
    began: 0,
    ended: 100,
    steps: [],
    ...('map' in one ? { steps: one } : one),
  })),
})

const SOUND: readonly (readonly [string, ListHistory])[] = [
  ['nothing', history({})],
  [
    'reads of every moment',
    history(
      { x: ['a', 'b'] },
      [append('x', 'a')],
      [append('x', 'b')],
      [read('x')],
      [read('x', 'a')],
      [read('x', 'a', 'b')],
    ),
  ],
  [
    'a change that follows from a read',
    history({ x: ['a'], y: ['b'] }, [append('x', 'a')], [read('x', 'a'), append('y', 'b')]),
  ],
  [
    'an unknown transaction that took effect, and one that did not',
    history(
      { x: ['a'] },
      { outcome: 'unknown', steps: [append('x', 'a')] },
      { outcome: 'unknown', steps: [append('x', 'b')] },
      [read('x', 'a')],
    ),
  ],
  [
    'a refused one that left nothing',
    history({}, { outcome: 'refused', steps: [append('x', 'a')] }),
  ],
]

test.each(SOUND)('%s: no anomaly', (_, sound) => {
  expect(anomaliesOf(sound)).toEqual([])
})

const ANOMALIES: readonly (readonly [string, ListHistory, string])[] = [
  ['a lost write', history({ x: [] }, [append('x', 'a')]), 't0, told acknowledged, is lost'],
  [
    'a write applied twice',
    history({ x: ['a', 'a'] }, [append('x', 'a')]),
    't0, told acknowledged, is applied twice',
  ],
  [
    'a refused write that is there',
    history({ x: ['a'] }, { outcome: 'refused', steps: [append('x', 'a')] }),
    't0, told refused, is applied',
  ],
  [
    'half of an unknown transaction',
    history(
      { x: ['a'], y: [] },
      { outcome: 'unknown', steps: [append('x', 'a'), append('y', 'b')] },
    ),
    't0, told unknown, is applied in part',
  ],
  [
    'an aborted read',
    history({ x: [] }, { outcome: 'refused', steps: [append('x', 'a')] }, [read('x', 'a')]),
    't1 read x as it never was',
  ],
  [
    'an intermediate read',
    history({ x: ['a', 'b'] }, [append('x', 'a', 'b')], [read('x', 'a')]),
    't1 read x in the middle of another transaction',
  ],
  [
    'a lost update',
    history({ x: ['b'] }, [read('x'), append('x', 'a')], [read('x'), append('x', 'b')]),
    't0, told acknowledged, is lost',
  ],
  [
    'two updates of one state',
    history({ x: ['a', 'b'] }, [read('x'), append('x', 'a')], [read('x'), append('x', 'b')]),
    'G-single',
  ],
  [
    'a write cycle',
    history(
      { x: ['a', 'b'], y: ['b', 'a'].map((item) => `y${item}`) },
      [append('x', 'a'), append('y', 'ya')],
      [append('x', 'b'), append('y', 'yb')],
    ),
    'G0, a write cycle',
  ],
  [
    'circular information flow',
    history(
      { x: ['a'], y: ['b'] },
      [append('x', 'a'), read('y', 'b')],
      [append('y', 'b'), read('x', 'a')],
    ),
    'G1c',
  ],
  [
    'a torn read',
    history(
      { x: ['a'], y: ['b'] },
      [append('x', 'a'), append('y', 'b')],
      [read('x', 'a'), read('y')],
    ),
    'G-single',
  ],
  [
    'write skew',
    history({ x: ['a'], y: ['b'] }, [read('x'), append('y', 'b')], [read('y'), append('x', 'a')]),
    'G2, write skew',
  ],
  [
    'a stale read',
    history(
      { x: ['a'] },
      { began: 0, ended: 1, steps: [append('x', 'a')] },
      { began: 2, ended: 3, steps: [read('x')] },
    ),
    'a stale read: ',
  ],
  [
    'a long circle among many sound transactions',
    history(
      { p: ['p0', 'p1'], q: ['q0', 'q1'], r: ['r0', 'r1'] },
      [append('p', 'p0'), append('q', 'q1')],
      [append('q', 'q0'), append('r', 'r1')],
      [append('r', 'r0'), append('p', 'p1')],
      [read('p')],
      [read('q'), read('r')],
    ),
    'G0, a write cycle',
  ],
]

test.each(ANOMALIES)('%s is found', (_, broken, message) => {
  expect(anomaliesOf(broken).join('\n')).toContain(message)
})

test('time orders nothing that runs side by side', () => {
  const side = history(
    { x: ['a'] },
    { began: 0, ended: 5, steps: [append('x', 'a')] },
    { began: 4, ended: 6, steps: [read('x')] },
  )
  expect(anomaliesOf(side)).toEqual([])
})

test('a long sound history is judged in no time', () => {
  const items = Array.from({ length: 5000 }, (_, at) => `i${at}`)
  const transactions = items.map((item, at): Partial<ListTransaction> => ({
    began: at * 2,
    ended: at * 2 + 3,
    steps: [
      read(`k${at % 100}`, ...items.slice(0, at).filter((_, on) => on % 100 === at % 100)),
      append(`k${at % 100}`, item),
    ],
  }))
  const final = Object.fromEntries(
    Array.from({ length: 100 }, (_, key) => [`k${key}`, items.filter((_, on) => on % 100 === key)]),
  )
  const start = performance.now()
  expect(anomaliesOf(history(final, ...transactions))).toEqual([])
  expect(performance.now() - start).toBeLessThan(5000)
})
