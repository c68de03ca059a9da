import { contract, inCore, type MutantPart, unit } from './mutant.ts'

const READS = contract('memory', 'access paths', 'expiry', 'filters', 'index order')

const cursors: MutantPart = {
  suites: [contract('memory', 'cursors')],
  mutants: [
    ...inCore('cipher.ts', [
      [
        'an altered cursor is not refused',
        'return join(cipher.update(sealed.subarray(0, -TAG)), cipher.final())',
        'return cipher.update(sealed.subarray(0, -TAG))',
      ],
      [
        'a cursor is not bound to its query',
        '      cipher.setAAD(binding)\n      cipher.setAuthTag',
        '      cipher.setAAD(new Uint8Array())\n      cipher.setAuthTag',
      ],
    ]),
    ...inCore('query.ts', [
      ['a cursor is good for another filter', 'parts.sort(),', '[],'],
      ['a cursor is good for another actor', 'scope.actorText(),', "'',"],
      ['a cursor is good for the other direction', "query.orderBy ?? 'asc',\n", "'asc',\n"],
      ['a cursor is good for another index', '    path,\n', "    '',\n"],
      [
        'a cursor is good for another entity',
        '    scope.model.name,\n    path,',
        "    '',\n    path,",
      ],
    ]),
    ...inCore('cursor.ts', [
      [
        'equal positions make equal cursors',
        'const nonce = crypto.getRandomValues(new Uint8Array(NONCE))',
        'const nonce = new Uint8Array(NONCE)',
      ],
      [
        'the secret of cursors is not used',
        'bytesOf(`holdfast.cursor.${secret}`)',
        "bytesOf('holdfast.cursor')",
      ],
    ]),
  ],
}

const plans: MutantPart = {
  suites: [unit('core/test/plan.test.ts')],
  mutants: [
    ...inCore('plan.ts', [
      [
        'what the store cannot evaluate of a query is dropped',
        'residual: query.residual,',
        'residual: undefined,',
      ],
      [
        'of two equalities that contradict one is dropped',
        'if (compareScalars(leaf.value, value) === 0) used.add(leaf)',
        'used.add(leaf)',
      ],
      [
        'a prefix of an index has gaps',
        'if (value === undefined) break',
        'if (value === undefined) continue',
      ],
      [
        'a value of another kind is used as a path',
        'if (kind === undefined || !isOfKind(kind, leaf.value)) continue',
        'if (kind === undefined) continue',
      ],
    ]),
  ],
}

const queries: MutantPart = {
  suites: [READS],
  mutants: [
    ...inCore('query.ts', [
      ['queries show expired records', 'alive: aliveFilter(scope),', 'alive: undefined,'],
      [
        'a page is one record longer than its limit',
        'if (records.length < wanted) records.push(record)',
        'if (records.length <= wanted) records.push(record)',
      ],
      [
        'core drops what the store could not evaluate',
        'if (record === undefined || (residual !== undefined && residual(record.value) !== true))',
        'if (record === undefined)',
      ],
      [
        'a condition that is unknown counts as true',
        'residual(record.value) !== true',
        'residual(record.value) === false',
      ],
    ]),
    ...inCore('scope.ts', [
      [
        'a record is shown at the instant of its expiry',
        'at.getTime() <= scope.runtime',
        'at.getTime() < scope.runtime',
      ],
      [
        'get shows expired records',
        'record !== undefined && !isExpired(scope, record) && scope',
        'record !== undefined && scope',
      ],
    ]),
    ...inCore('plan.ts', [
      [
        'an index is chosen that leaves records out',
        '(present.has(field) || model.fields[field]?.optional === false) &&',
        '(field !== undefined) &&',
      ],
      [
        'of two lower bounds one is dropped',
        '    used.add(leaf)\n    return true',
        '    for (const one of bounds) used.add(one)\n    return true',
      ],
    ]),
    ...inCore('cursor.ts', [
      [
        'a cursor loses digits of a bigint',
        "if (kind === 'bigint') return BigInt(value.toString())",
        "if (kind === 'bigint') return BigInt(value.toNumber())",
      ],
    ]),
    ...inCore('reader.ts', []),
  ],
}

const memory: MutantPart = {
  suites: [READS],
  mutants: [
    ...inCore('memory-order.ts', [
      [
        'null is greatest',
        'a === null ? (b === null ? 0 : -1) : b === null ? 1 :',
        'a === null ? (b === null ? 0 : 1) : b === null ? -1 :',
      ],

      ['an upper bound keeps its own value', '(c) => c < 0)', '(c) => c <= 0)'],
    ]),
    ...inCore('memory.ts', [
      [
        'a page begins with the last record of the one before',
        'comparePositions(position, after) * sign <= 0',
        'comparePositions(position, after) * sign < 0',
      ],

      [
        'an index holds records that lack its fields',
        '(field) => value[field] === undefined',
        '() => false',
      ],

      [
        'the sweeper removes what has not expired',
        'value[expiresAt] <= now',
        'value[expiresAt] > new Date(0)',
      ],
    ]),
  ],
}

const memoryWrites: MutantPart = {
  suites: [contract('memory', 'deliveries', 'transactions', 'unique')],
  mutants: [
    ...inCore('driver-writes.ts', [
      [
        'a write is applied over one that is newer',
        'held.version >= write.id',
        'held.version === write.id',
      ],
      [
        'a write that was applied is applied again',
        'held.version >= write.id',
        'held.version > write.id',
      ],
      [
        'a check of a transaction ignores the version',
        'if (write.version !== undefined && write.version !== held.version) return true',
        "if (write.kind !== 'check' && write.version !== undefined && write.version !== held.version) return true",
      ],
      [
        'a check for absence holds where there is a record',
        "if (write.expect === 'absent') return true",
        "if (write.expect === 'absent' && write.kind !== 'check') return true",
      ],
    ]),
    ...inCore('memory.ts', [
      [
        'half of an atomic list stays',
        'if (results.some((result) => !result.applied)) restore()',
        '',
      ],
      ['two records share a unique value', 'takesUnique(write, table, id, value)', 'false'],
      ['two records without a value collide', 'if (wanted.includes(null)) return false', ''],
      [
        'the store forgets the writes before the last',
        "withId(held?.history ?? '', write.id)",
        "withId('', write.id)",
      ],
    ]),
  ],
}

const driverWrites: MutantPart = {
  suites: [unit('core/test/driver-writes.test.ts')],
  mutants: inCore('driver-writes.ts', [
    ['a write whose record is gone is applied', "write.expect === 'present' || ", ''],
    [
      'the version read is not checked',
      'if (write.version !== undefined && write.version !== held.version) return true',
      '',
    ],
    ['a create replaces what is there', "if (write.expect === 'absent') return true", ''],
    ['a condition is dropped', 'evaluate(write.condition, held.value) !== true', 'false'],
    [
      'a condition that cannot be evaluated holds',
      'evaluate(write.condition, held.value) !== true',
      'evaluate(write.condition, held.value) === false',
    ],
    ['a removed field stays', 'for (const field of write.remove) delete value[field]', ''],
    ['an increment adds to a name of every object', 'Object.hasOwn(value, field)', 'true'],
  ]),
}

const definitions: MutantPart = {
  suites: [unit('core/test/definition.test.ts')],
  mutants: inCore('definition.ts', [
    ['a key may change', "  check('its key', stored.key, declared.key)\n", ''],
    ['an index may change', 'else check(`index ${name}`, before, index)', ''],
    [
      'a new index is not told',
      'if (before === undefined) added.push(name)',
      'if (before === undefined) continue',
    ],
    ['an index may become unique', "unique ? 'unique' : 'not unique'", "'not unique'"],
    [
      'an index that is gone stays noted',
      'text === undefined || !isSame(stored, declared)',
      'text === undefined || added.length > 0',
    ],
  ]),
}

const bounds: MutantPart = {
  suites: [unit('core/test/text-bounds.test.ts')],
  mutants: inCore('text-bounds.ts', [
    ['gt is gte', '(range.gte === undefined ? ABOVE : BELOW)', 'BELOW'],
    ['lt is lte', '(range.lte === undefined ? BELOW : ABOVE)', 'ABOVE'],
    [
      'a range without a lower bound holds values of other types',
      'lower === undefined\n        ? prefix + first',
      'lower === undefined\n        ? prefix',
    ],
    ['a range of booleans holds half of them', "type === '2' || type === '3'", 'false'],
    [
      'a prefix of text holds what merely follows it',
      'high: start + LAST + LAST',
      'high: start.slice(0, -1) + LAST',
    ],
  ]),
}

const keys: MutantPart = {
  suites: [contract('memory', 'keys')],
  mutants: inCore('reader.ts', [
    [
      'getMany reads its first hundred keys only',
      'at < distinct.length; at += KEYS_PER_READ',
      'at < KEYS_PER_READ; at += KEYS_PER_READ',
    ],
  ]),
}

/** Defects in what core does with queries and cursors, and in the store in memory. */
export const coreReads: readonly MutantPart[] = [
  cursors,
  plans,
  queries,
  keys,
  memory,
  memoryWrites,
  driverWrites,
  definitions,
  bounds,
]
