import { contract, inCore, type MutantPart, unit } from './mutant.ts'

const GUARDS = unit(
  'core/test/write-guard.test.ts',
  'core/test/strong-reads.test.ts',
  'core/test/lasting-doubt.test.ts',
  'core/test/store.test.ts',
)

const guard: MutantPart = {
  suites: [GUARDS],
  mutants: inCore('write-guard.ts', [
    [
      'a write whose fate is unknown is sent again under a new id',
      '      await failed(error)\n      continue\n    }\n    const refused',
      '      await failed(error)\n      id = runtime.versions.next()\n      writes = make(id)\n      continue\n    }\n    const refused',
    ],
    [
      'a refusal after a doubt is taken for a conflict',
      'ambiguous === undefined\n        ? firstSight(write, current, id)\n        : settle(await witness(writes, write, current, look), id)',
      'firstSight(write, current, id)',
    ],
    [
      'what became of a write is asked of a stale replica',
      "      history: true,\n      consistency: 'strong',",
      "      history: true,\n      consistency: 'eventual',",
    ],
    [
      'what became of a write is judged without the history',
      "      history: true,\n      consistency: 'strong',",
      "      history: false,\n      consistency: 'strong',",
    ],
    [
      'a write buried by another of its lane is taken for not applied',
      "newest > id ? 'unknown' : 'not_applied'",
      "'not_applied'",
    ],
    [
      'a condition that refuses the second attempt is taken to have refused the first',
      '  current !== undefined &&\n  current.version < id &&\n  write.version === undefined &&\n  write.condition !== undefined',
      '  false',
    ],
    [
      'a create found deleted after a doubt is taken for not applied',
      "write.kind === 'put' && write.expect === 'absent' ? 'unknown' : 'not_applied'",
      "'not_applied'",
    ],
    [
      'a conditional delete that others may have won is taken for applied',
      "return write.condition === undefined && write.version === undefined ? 'applied' : 'unknown'",
      "return 'applied'",
    ],
    [
      'a failed look after a doubt says that nothing was written',
      'throw ambiguous === undefined ? error : inDoubt(error)',
      'throw error',
    ],
    [
      'a definite failure makes the doubt before it forgotten',
      'isAmbiguous: ambiguous !== undefined,',
      'isAmbiguous: false,',
    ],

    [
      'a request that was delivered twice is taken for refused',
      "lastInLane(current?.history ?? '', laneOf(id)) === id\n    ? 'applied'",
      "lastInLane(current?.history ?? '', laneOf(id)) === id\n    ? 'not_applied'",
    ],
  ]),
}

const doubts: MutantPart = {
  suites: [GUARDS],
  mutants: [
    ...inCore('bulk.ts', [
      [
        'an item of a list whose fate is unknown is written anew',
        'begun: error === undefined ? undefined : begunBy(item, error)',
        'begun: undefined',
      ],
    ]),
    ...inCore('change-where.ts', [
      [
        'a change by filter goes on after a failure and does not tell',
        'else if (!GONE.has(error.code)) throw error',
        '',
      ],
    ]),
    ...inCore('transaction-attempt.ts', [
      ['a transaction reads a stale replica', "consistency: 'strong',", "consistency: 'eventual',"],
    ]),
    ...inCore('transaction.ts', [
      [
        'a transaction whose fate is unknown is run again',
        "if (isHoldfastError(error) && error.code === 'ABORTED' && error.outcome === 'not_applied')",
        "if (isHoldfastError(error) && (error.code === 'ABORTED' || error.outcome === 'unknown'))",
      ],
      [
        'a transaction begins although its signal has aborted',
        "if (signal?.aborted === true) throw cancelled(signal, 'not_applied')\n    const attempt",
        'const attempt',
      ],
    ]),
    ...inCore('query.ts', [
      [
        'a strong read is promised along an index that lags',
        "driver.capabilities.indexConsistency !== 'strong'",
        'driver.capabilities.indexConsistency === undefined',
      ],
      [
        'a query reads a stale replica unless told otherwise',
        "consistency: query.consistency ?? 'strong',",
        "consistency: query.consistency ?? 'eventual',",
      ],
    ]),
    ...inCore('reader.ts', [
      ['a count keeps its last page only', 'total += page.count ?? 0', 'total = page.count ?? 0'],
    ]),
    ...inCore('writer.ts', [
      [
        'a decision is taken on a stale replica',
        "consistency: 'strong'",
        "consistency: 'eventual'",
      ],
    ]),
  ],
}

const networks: MutantPart = {
  suites: [contract('memory', 'faults')],
  mutants: [
    ...inCore('write-guard.ts', [
      [
        'writes in flight share a lane',
        'runtime.versions.during(start.id, () => writeUnder(runtime, make, options, start))',
        'writeUnder(runtime, make, options, start)',
      ],
      [
        'a transaction is judged by a record that it only checked',
        'const write = leaves(refused) ? refused : (writes.find(leaves) ?? refused)',
        'const write = refused',
      ],
    ]),
    ...inCore('bulk.ts', [
      [
        'a list whose fate is unknown is written anew',
        'begun: begunBy(item, error)',
        'begun: undefined',
      ],
    ]),
  ],
}

const changes: MutantPart = {
  suites: [contract('memory', 'bulk', 'writes', 'conditions', 'expiry', 'patches')],
  mutants: [
    ...inCore('writer.ts', [
      [
        'a write after reading does not insist on the version read',
        'const base = { entity, key, id, version: read?.version }',
        'const base = { entity, key, id, version: undefined }',
      ],
    ]),
    ...inCore('bulk.ts', [
      [
        'writes of a list travel without their guard',
        'items.map(({ attempt, id }) => attempt.make(id))',
        "items.map(({ attempt, id }) => attempt.make(id)).map((one) => one.kind === 'put' ? { ...one, expect: 'any', condition: undefined } : one)",
      ],
    ]),
    ...inCore('change-where.ts', [
      [
        'updateWhere does not look again at what it found',
        '= parsePatch(scope.model, patch)\n  const options = { if: query.where, signal: query.signal }',
        '= parsePatch(scope.model, patch)\n  const options = { signal: query.signal }',
      ],
      [
        'deleteWhere does not look again at what it found',
        '= requireWhere(scope, input)\n  const options = { if: query.where, signal: query.signal }',
        '= requireWhere(scope, input)\n  const options = { signal: query.signal }',
      ],
    ]),
    ...inCore('intent.ts', [
      [
        'create overwrites',
        "const expect = condition === undefined ? 'absent' : 'any'",
        "const expect = 'any'",
      ],
      [
        'create replaces a record that has not expired',
        "direct: (id) => ({ kind: 'put', entity, key, id, value, expect, condition }),",
        "direct: (id) => ({ kind: 'put', entity, key, id, value, expect, condition: undefined }),",
      ],
      [
        'an increment overflows in one conditional write',
        'rules && allOf([rules, noOverflow(entity, increment)]),',
        'rules,',
      ],
      [
        'ifVersion is dropped from an update',
        '          version: conditions.version,\n          condition: guard(condition),\n          set,',
        '          condition: guard(condition),\n          set,',
      ],
      [
        'ifVersion is dropped from a delete',
        '          version: conditions.version,\n          condition: guard(condition),\n        })\n      : undefined,\n  }\n}\n',
        '          condition: guard(condition),\n        })\n      : undefined,\n  }\n}\n',
      ],
    ]),
  ],
}

const bulk: MutantPart = {
  suites: [unit('core/test/bulk.test.ts')],
  mutants: [
    ...inCore('bulk.ts', [
      ['a list is decided on the wrong records', '[unread.indexOf(item)]', '[0]'],
      [
        'a write of unknown fate is decided anew',
        'attempt, start: {',
        'attempt: undefined as never, start: {',
      ],
    ]),
    ...inCore('writer.ts', [
      [
        'a decision that was refused is repeated',
        'attempt = start = undefined',
        'start = undefined',
      ],
    ]),
  ],
}

const transactions: MutantPart = {
  suites: [contract('memory', 'transactions')],
  mutants: [
    ...inCore('transaction.ts', [
      [
        'a transaction that was never committed returns its result',
        'if (await committed(attempt)) return result',
        'await committed(attempt)\n      return result',
      ],
    ]),
    ...inCore('transaction-attempt.ts', [
      [
        'a transaction does not check what it only read',
        'const writes = entries.map((',
        'const writes = entries.filter((one) => one.written !== undefined).map((',
      ],
      [
        'a transaction does not check that what it missed is still missing',
        'const writes = entries.map((',
        'const writes = entries.filter((one) => one.written ?? one.read).map((',
      ],
      [
        'a transaction does not see its own writes',
        'if (written === undefined)\n      return isVisible',
        'if (read !== undefined)\n      return isVisible',
      ],
    ]),
  ],
}

const lanes: MutantPart = {
  suites: [unit('core/test/write-guard.test.ts')],
  mutants: [
    ...inCore('transaction-attempt.ts', [
      [
        'transactions under way share a lane',
        'this.#release = runtime.versions.hold(this.#id)',
        '',
      ],
      ['a transaction keeps its lane for ever', '    this.#release()\n', ''],
    ]),
    ...inCore('write-guard.ts', [
      [
        'a transaction that only reads may be in doubt',
        "const isWrite = writes.some(({ kind }) => kind !== 'check')",
        'const isWrite = true',
      ],
      ['an id that is too small uses up an attempt', 'overtaken += 1', 'attempts.made += 1'],
    ]),
  ],
}

/** Defects in what core does with writes: their guard, lists and transactions. */
export const coreWrites: readonly MutantPart[] = [
  guard,
  doubts,
  bulk,
  networks,
  changes,
  transactions,
  lanes,
]
