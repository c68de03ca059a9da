import { contract, inDynamodb, type MutantPart, unit } from './mutant.ts'

const errors: MutantPart = {
  suites: [unit('adapter-aws/test/errors.test.ts')],
  mutants: inDynamodb('errors.ts', [
    [
      'throttling is not repeated',
      "const THROTTLED = is('THROTTLED', 'not_applied', true)",
      "const THROTTLED = is('THROTTLED')",
    ],

    [
      'a conflict of transactions is not repeated',
      "const ABORTED = is('ABORTED', 'not_applied', true)",
      "const ABORTED = is('ABORTED')",
    ],
    [
      'a failure of the server has applied nothing',
      'InternalServerError: LOST',
      'InternalServerError: REFUSED',
    ],

    [
      'an answer that does not come has applied nothing',
      'TimeoutError: LATE',
      'TimeoutError: REFUSED',
    ],
    [
      'a lost connection has applied nothing',
      "if (BROKEN.has(code) || message === 'socket hang up') return LOST",
      "if (BROKEN.has(code) || message === 'socket hang up') return REFUSED",
    ],
    [
      'a connection that was never made leaves the write in doubt',
      'if (NEVER_SENT.has(code)) return REFUSED',
      'if (NEVER_SENT.has(code)) return LOST',
    ],
    [
      'a transaction refused for good is repeated',
      'meanings.find(({ retryable }) => !retryable) ?? meanings[0] ?? ABORTED',
      'meanings[0] ?? ABORTED',
    ],
    [
      'a throttled transaction is a defect',
      'ThrottlingError: THROTTLED',
      'ThrottlingError: INTERNAL',
    ],
  ]),
}

const single: MutantPart = {
  suites: [
    unit('adapter-aws/test/engine/write.test.ts'),
    contract('dynamodb', 'deliveries', 'conditions', 'expiry', 'access paths'),
  ],
  mutants: [
    ...inDynamodb('guard.ts', [
      [
        'a write is made over a newer one',
        '${version} < ${aliases.value({ S: id })}`',
        '${version} <> ${aliases.value({ S: id })}`',
      ],
      [
        'a write is made twice',
        '${version} < ${aliases.value({ S: id })}`',
        '${version} <= ${aliases.value({ S: id })}`',
      ],
      [
        'the version that a write asks for is not compared',
        "return pinned(version === '' ? {} : { [VERSION]: { S: version } }, aliases)",
        'return exists(aliases)',
      ],
      [
        'create overwrites',
        "if (write.expect === 'absent') return absent(aliases)",
        "if (write.expect === 'absent') return older(write, aliases)",
      ],
      [
        'a put drops its condition',
        '`${absent(aliases)} OR (${rest}) AND ${text}`',
        '`${absent(aliases)} OR (${rest}) OR ${text}`',
      ],
      [
        'what was read is replaced although it has changed',
        ': `${version} = ${aliases.value(read)}`',
        ': `${version} = ${aliases.value(read)} OR ${exists(aliases)}`',
      ],
    ]),
    ...inDynamodb('update-expression.ts', [
      ['an update keeps no history', '`${LANE} = ${ID}`]', '`${LANE} = ${LANE}`]'],
      [
        'an increment of a missing field is refused',
        '${alias} = if_not_exists(${alias}, ${ZERO}) + ${value}',
        '${alias} = ${alias} + ${value}',
      ],
    ]),
    ...inDynamodb('table.ts', [
      [
        'a record is removed before it expires',
        'Math.ceil(expiry.getTime() / 1000)',
        'Math.floor(expiry.getTime() / 1000)',
      ],
      [
        'an index holds records that lack its fields',
        'if (own(value, this.column(field)) === undefined) return undefined',
        'void field',
      ],
    ]),
    ...inDynamodb('request.ts', [
      [
        'a patch leaves the record where it was in an index',
        'if (!touches(write, index.fields)) continue',
        'if (write.remove.length >= 0) continue',
      ],
    ]),
  ],
}

const atomic: MutantPart = {
  suites: [
    unit('adapter-aws/test/engine/unique.test.ts', 'adapter-aws/test/engine/write.test.ts'),
    contract('dynamodb', 'deliveries', 'transactions'),
  ],
  mutants: [
    ...inDynamodb('table.ts', [
      [
        'a record that is replaced whole loses its history',
        'if (last !== undefined) item[name] = last',
        '',
      ],
    ]),
    ...inDynamodb('unique.ts', [
      [
        'unique values are not claimed',
        'turn.claim = claim.item',
        'turn.claim ??= undefined as never',
      ],
      [
        'unique values are never free again',
        'if (!this.#foreign.has(old.text)) this.#turn(old)',
        '',
      ],
      [
        'a value is taken although its record holds it',
        'if (claimsOf(turn.table, read).some((claim) => claim.text === text)) throw taken(turn.table)',
        '',
      ],
      [
        'two records of one transaction claim one value',
        'if (turn.claim !== undefined) throw taken(table)',
        '',
      ],
      [
        'the item of a value outlives its record',
        '...(expiry === undefined ? {} : { [EXPIRY]: expiry }),',
        '',
      ],
    ]),
    ...inDynamodb('transaction.ts', [
      [
        'a transaction does not check what it only read',
        'const TransactItems = [...steps, ...claimed].map(',
        "const TransactItems = [...steps.filter(({ request }) => request.kind !== 'ConditionCheck'), ...claimed].map(",
      ],
      [
        'reasons are taken for those of the next item',
        'const reason = reasons?.[at]\n',
        'const reason = reasons?.[at + 1]\n',
      ],
      [
        'a refused transaction counts as done',
        'return isRefused ? results : undefined',
        'return isRefused ? steps.map(resultOf) : undefined',
      ],

      [
        'every transaction has the same token',
        "createHash('sha256').update(JSON.stringify(items))",
        "createHash('sha256').update('')",
      ],
    ]),
  ],
}

const lost: MutantPart = {
  suites: [unit('adapter-aws/test/network.test.ts')],
  mutants: [
    ...inDynamodb('transaction.ts', [
      [
        'a transaction aborted in flight was not applied',
        "await place.dynamo.call('TransactWriteItems', input, options, 'unknown')",
        "await place.dynamo.call('TransactWriteItems', input, options)",
      ],
    ]),
  ],
}

/** Defects in how DynamoDB is written to, and in its errors. */
export const dynamodbWrites: readonly MutantPart[] = [errors, single, atomic, lost]
