import { contract, inFirestore, type MutantPart, unit } from './mutant.ts'

const writes: MutantPart = {
  suites: [
    unit('adapter-gcp/test/engine/write.test.ts', 'adapter-gcp/test/engine/lost-answer.test.ts'),
    contract('firestore', 'cancellation', 'deliveries', 'concurrency', 'faults'),
  ],
  mutants: [
    ...inFirestore('mutation.ts', [
      [
        'a write is not bound to the record as it was read',
        ': { updateTime: read.updateTime }',
        ': { exists: true }',
      ],
      [
        'a put forgets the other lanes',
        '[...collection.paths, `${HISTORY}.${lane}`]',
        '[...collection.paths, HISTORY]',
      ],
    ]),
    ...inFirestore('collection.ts', [
      [
        'a record with null in its partition is in the index',
        'if (partition.includes(null)) return undefined',
        '',
      ],
    ]),
    ...inFirestore('commit.ts', [
      [
        'a write aborted in flight counts as not applied',
        "    options,\n    'unknown',\n  )\n}",
        "    options,\n    'not_applied',\n  )\n}",
      ],
    ]),
  ],
}

const errors: MutantPart = {
  suites: [unit('adapter-gcp/test/errors.test.ts', 'adapter-gcp/test/network.test.ts')],
  mutants: [
    ...inFirestore('errors.ts', [
      [
        'a deadline means that nothing was applied',
        "[GRPC.DEADLINE_EXCEEDED]: is('TIMEOUT', 'unknown', true)",
        "[GRPC.DEADLINE_EXCEEDED]: is('TIMEOUT', 'not_applied', true)",
      ],
      [
        'throttling means that nothing was applied',
        "[GRPC.RESOURCE_EXHAUSTED]: is('THROTTLED', 'unknown', true)",
        "[GRPC.RESOURCE_EXHAUSTED]: is('THROTTLED', 'not_applied', true)",
      ],
      [
        'a lost connection means that nothing was applied',
        '[GRPC.UNAVAILABLE]: LOST',
        '[GRPC.UNAVAILABLE]: REFUSED',
      ],
      ['a conflict is not repeated', '[GRPC.ABORTED]: ABORTED', '[GRPC.ABORTED]: INTERNAL'],
    ]),
    ...inFirestore('connection.ts', [
      ["the client's own retries send a write again", '      retry: null,\n', ''],
    ]),
  ],
}

const transactions: MutantPart = {
  suites: [
    unit('adapter-gcp/test/engine/locks.test.ts', 'adapter-gcp/test/engine/unique.test.ts'),
    contract('firestore', 'transactions', 'unique'),
  ],
  mutants: inFirestore('transaction.ts', [
    [
      'a transaction that was lost keeps its locks',
      'void roll(MOST_ROLLBACKS).catch(() => {})',
      '',
    ],
    [
      'a unique value is taken from its holder',
      'some((one) => one.name === name))\n      throw taken(collection)',
      'some((one) => one.name === name)) continue',
    ],
    ['unique values given up stay claimed', '...free.map(({ name }) => ({ delete: name })),', ''],
    [
      'a list of which one write is refused is committed',
      'if (judged.some((result) => !result.applied)) {',
      'if (judged.every((result) => !result.applied)) {',
    ],
  ]),
}

const lists: MutantPart = {
  suites: [
    unit('adapter-gcp/test/engine/write.test.ts', 'adapter-gcp/test/engine/lost-answer.test.ts'),
    unit('adapter-gcp/test/network.test.ts'),
    contract('firestore', 'bulk'),
  ],
  mutants: [
    ...inFirestore('batch.ts', [
      [
        'a write of a list that failed counts as applied',
        '(status.code ?? 0) === 0',
        '(status.code ?? 0) !== 6',
      ],
      [
        'a write of a list without a status counts as applied',
        "?? { code: GRPC.UNKNOWN, message: 'no status' }",
        '?? { code: 0 }',
      ],
      [
        'a write of a list that others overtook is dropped',
        'else again.push(at)',
        'else results[at] = { applied: false }',
      ],
      ['a list is sent in one request, however large', '|| bytes > MAX_BYTES', ''],
      [
        'a list of which no answer came was not applied',
        "      options,\n      'unknown',",
        "      options,\n      'not_applied',",
      ],
    ]),
    ...inFirestore('seen.ts', [
      [
        'a write on any version is bound to the time of the newest',
        '`${name} ${version}`\n    return',
        '[...this.#newer.keys()].findLast((one) => one.startsWith(`${name} `)) ?? version\n    return',
      ],
    ]),
  ],
}

/** Defects in what is written to Firestore, and in what its errors mean. */
export const firestoreWrites: readonly MutantPart[] = [writes, lists, errors, transactions]
