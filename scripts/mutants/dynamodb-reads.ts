import { inDynamodb, type MutantPart, unit } from './mutant.ts'

/** Each file has tests of its own, which need no server. */
const texts: readonly MutantPart[] = [
  {
    suites: [unit('adapter-aws/test/bounds.test.ts', 'adapter-aws/test/positions.test.ts')],
    mutants: inDynamodb('bounds.ts', [
      [
        'a page begins with the last record of the one before',
        'low = later(low, text + BELOW)',
        'low = later(low, text)',
      ],
      [
        'a descending page begins with the last record of the one before',
        'high = earlier(high, text.slice(0, -1) + BELOW)',
        'high = earlier(high, text)',
      ],
      ['a page begins before its range', 'low = later(low, text + BELOW)', 'low = text + BELOW'],
    ]),
  },
  {
    suites: [unit('adapter-aws/test/key-values.test.ts')],
    mutants: inDynamodb('key-values.ts', [
      [
        'a separator in a key value makes two keys meet',
        'const SAFE = /^[0-9A-Za-z_.:/=+@ -]*$/',
        'const SAFE = /^[0-9A-Za-z_.:/=+@ !-]*$/',
      ],
      [
        'keys that are too long meet',
        "const digest = createHash('sha256').update(text).digest('hex')",
        "const digest = createHash('sha256').update(name).digest('hex')",
      ],
    ]),
  },
  {
    suites: [unit('adapter-aws/test/filter.test.ts')],
    mutants: inDynamodb('filter.ts', [
      [
        'not finds records that lack the field',
        '`attribute_exists(${name()}) AND NOT ${isNull()}`',
        '`NOT ${isNull()}`',
      ],
      [
        'not finds null',
        '`attribute_exists(${name()}) AND NOT ${isNull()}`',
        '`attribute_exists(${name()})`',
      ],

      [
        'an alternative loses its parentheses',
        "part.joins === 'none' || part.joins === joins ? part.text() : `(${part.text()})`",
        'part.text()',
      ],
    ]),
  },
  {
    suites: [unit('adapter-aws/test/codec.test.ts')],
    mutants: inDynamodb('codec.ts', [
      [
        'bigints are rounded',
        'BigInt(N) : BigInt(Decimal.from(N).toString())',
        'BigInt(Number(N)) : BigInt(Decimal.from(N).toString())',
      ],
      [
        'decimals lose digits',
        'decode: ({ N }) => (N === undefined ? undefined : Decimal.from(N))',
        'decode: ({ N }) => (N === undefined ? undefined : Decimal.from(Number(N)))',
      ],
      [
        'dates lose their milliseconds',
        'encode: (value: Date) => ({ S: value.toISOString() })',
        'encode: (value: Date) => ({ S: `${value.toISOString().slice(0, 19)}Z` })',
      ],
    ]),
  },
  {
    suites: [unit('adapter-aws/test/value.test.ts')],
    mutants: inDynamodb('value.ts', [
      [
        'a nested bigint becomes a number',
        'return { M: { $i: { N: String(value) } } }',
        'return { N: String(value) }',
      ],
      [
        'a nested decimal becomes a number',
        'return { M: { $n: { N: value.toString() } } }',
        'return { N: value.toString() }',
      ],
      [
        'numbers of other programs are rounded',
        'exact.equals(Decimal.from(number)) ? number : exact',
        'number',
      ],
    ]),
  },
  {
    suites: [unit('adapter-aws/test/segments.test.ts')],
    mutants: inDynamodb('segments.ts', [
      [
        'a segment that does not exist is read',
        'Segment < TotalSegments && TotalSegments',
        'TotalSegments',
      ],
    ]),
  },
]

const calls: MutantPart = {
  suites: [unit('adapter-aws/test/network.test.ts')],
  mutants: [
    ...inDynamodb('get.ts', [
      [
        'keys that were left unanswered are taken for missing',
        'missing = reply.UnprocessedKeys?.[table.name]?.Keys ?? []',
        'missing = []',
      ],
      [
        'a strong read of one record is eventual',
        "    Key: key,\n    ConsistentRead: consistency !== 'eventual',",
        '    Key: key,\n    ConsistentRead: false,',
      ],
      [
        'a strong read of many records is eventual',
        "ConsistentRead: options.consistency !== 'eventual',",
        'ConsistentRead: false,',
      ],
      [
        'a record is read before a write from a stale replica',
        'Key: key, ConsistentRead: true }',
        'Key: key, ConsistentRead: false }',
      ],
    ]),
    ...inDynamodb('query.ts', [
      ['a strong query is eventual', '? { ConsistentRead: true } : {}', '? {} : {}'],
      ['a count keeps its last page only', 'count += isCounted', 'count = isCounted'],
      [
        'a count ends after one page of the vendor',
        'from = reply.LastEvaluatedKey\n  } while (from !== undefined)\n  return { records: [], count }',
        'from = undefined\n  } while (from !== undefined)\n  return { records: [], count }',
      ],
    ]),
    ...inDynamodb('connection.ts', [
      ['the SDK repeats writes by itself', 'maxAttempts: 1,\n', 'maxAttempts: 3,\n'],
      [
        'a client that repeats writes is taken',
        'if (attempts === 1) return',
        'if (attempts !== 0) return',
      ],
    ]),
  ],
}

const pages: MutantPart = {
  suites: [unit('adapter-aws/test/engine/query.test.ts')],
  mutants: [
    ...inDynamodb('query.ts', [
      [
        'a page ends where the vendor ends one of its own',
        'from = reply.LastEvaluatedKey\n    Limit',
        'from = undefined\n    Limit',
      ],
      [
        'a scan reads the other entities of its group',
        "text = text === '' ? isOurs : `${isOurs} AND ${text}`",
        "text = text === '' ? `(${isOurs} OR ${isOurs.replace('=', '<>')})` : `(${isOurs} OR ${isOurs.replace('=', '<>')}) AND ${text}`",
      ],
      [
        'a filter that does not fit a request is dropped',
        'keep = ({ value }) => evaluate(filter, value) === true',
        'keep = () => true',
      ],
      [
        'a page resumes behind the last record but one',
        'records[limit - 1]?.value',
        'records[limit - 2]?.value',
      ],
    ]),
  ],
}

/** Defects in what is read from DynamoDB, and how values get there and back. */
export const dynamodbReads: readonly MutantPart[] = [...texts, calls, pages]
