import { contract, inFirestore, type MutantPart, unit } from './mutant.ts'

/** Each file has tests of its own, which need no server. */
const texts: readonly MutantPart[] = [
  {
    suites: [unit('adapter-gcp/test/key-values.test.ts')],
    mutants: inFirestore('key-values.ts', [
      [
        'partitions that are too long meet',
        "const digest = createHash('sha256').update(text).digest('hex')",
        "const digest = createHash('sha256').update(text.slice(0, MAX_PARTITION)).digest('hex')",
      ],
      [
        'a partition is longer than what Firestore indexes',
        'const MAX_PARTITION = 1000',
        'const MAX_PARTITION = 2000',
      ],
      ['keys are read in another encoding', "toString('utf8')", "toString('latin1')"],
    ]),
  },
  {
    suites: [unit('adapter-gcp/test/value.test.ts')],
    mutants: [
      ...inFirestore('value.ts', [
        [
          'a nested bigint becomes a number',
          "return tagged('$i', { stringValue: String(value) })",
          'return { integerValue: Number(value) }',
        ],
        [
          'a nested decimal becomes a number',
          "return tagged('$n', { stringValue: value.toString() })",
          'return { doubleValue: Number(value.toString()) }',
        ],
        [
          'an array lies directly in an array',
          ": tagged('$a', encodeArray(one, room - 2))",
          ': encodeArray(one, room - 1)',
        ],
        ['what is too deep is sent', 'depthOf(one) + 2 > room', 'depthOf(one) > room + 2'],
        [
          'an instant before 1970 is a second late',
          'Math.floor(milliseconds / 1000)',
          'Math.trunc(milliseconds / 1000)',
        ],
        [
          'an integer of another program loses digits',
          'Number.isSafeInteger(number) ? number : BigInt(value)',
          'number',
        ],
      ]),
      ...inFirestore('codec.ts', [
        ['bigints are rounded', 'BigInt(text) : undefined', 'BigInt(Number(text)) : undefined'],
        [
          'decimals lose digits',
          'return Decimal.from(value)',
          'return Decimal.from(Number(value))',
        ],
      ]),
    ],
  },
  {
    suites: [unit('adapter-gcp/test/feed.test.ts')],
    mutants: inFirestore('feed.ts', [
      [
        'a change resumes behind all changes of its state',
        'return last === undefined ? placed',
        'return last !== undefined ? this.#placed([...changes, last]) : last === undefined ? placed',
      ],
      [
        'changes are handed on before both queries are current',
        'this.#current.size < 2',
        'this.#current.size < 1',
      ],
      ['a record that is back is told as deleted', '.filter(([id]) => !returned.has(id))', ''],
      [
        'a record that came back stays deleted',
        'const changes = [...this.#deleted(new Set([...back].map(idOf))), ...this.#upserted()]',
        'const changes = [...this.#upserted(), ...this.#deleted(new Set([...back].map(idOf)))].map((one) => ({ ...one, time: 0 }))',
      ],
    ]),
  },
]

const pages: MutantPart = {
  suites: [
    unit('adapter-gcp/test/engine/query.test.ts', 'adapter-gcp/test/engine/schema.test.ts'),
    contract('firestore', 'pages', 'cursors', 'queries', 'segments', 'index-order'),
  ],
  mutants: [
    ...inFirestore('query.ts', [
      [
        'a page begins with the last record of the one before',
        'startAt: { values, before: false }',
        'startAt: { values, before: true }',
      ],
      [
        'a full page is always the last',
        'readAll(place, structured, limit + 1',
        'readAll(place, structured, limit',
      ],
      [
        'a page resumes behind the last record but one',
        'records[limit - 1]?.value',
        'records[limit - 2]?.value',
      ],
      [
        'an index is read of which nobody knows that it is complete',
        'await checkIndexed(place, collection, request.index.name, options)',
        'await Promise.resolve()',
      ],
      [
        'segments share the records where they meet',
        "path.isOpenEnded ? 'LESS_THAN' : 'LESS_THAN_OR_EQUAL'",
        "'LESS_THAN_OR_EQUAL'",
      ],
      [
        'ties are not told apart',
        '[{ stringValue: text }, reference(id)]',
        '[{ stringValue: text }]',
      ],
    ]),
    ...inFirestore('segments.ts', [
      [
        'segments are drawn anew by whoever reads',
        'await commit(place, [{ update, currentDocument: { exists: false } }], options)',
        'await Promise.resolve()',
      ],
    ]),
  ],
}

/** Defects in what is read from Firestore, and how values get there and back. */
export const firestoreReads: readonly MutantPart[] = [...texts, pages]
