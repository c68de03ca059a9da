import { contract, inSql, type MutantPart, named, unit } from './mutant.ts'

const pages: MutantPart = {
  suites: [contract('sqlite', 'pages', 'index order', 'access paths', 'filters')],
  mutants: [
    ...inSql('keyset.ts', [
      [
        'a page begins with the last record of the one before',
        "descending ? '<' : '>'",
        "descending ? '<=' : '>='",
      ],
      [
        'nulls are lost at the end of descending pages',
        'descending && column.optional ?',
        'descending && column.isKey ?',
      ],
      [
        'what follows a null is lost',
        "if (value === null) return descending ? alike : [...alike, nullness(column, 'IS NOT NULL')]",
        'if (value === null) return alike',
      ],
      [
        'a position that is null is compared',
        "value === null\n    ? nullness(column, 'IS NULL')",
        "column.at < 0\n    ? nullness(column, 'IS NULL')",
      ],
    ]),
    ...inSql('page.ts', [
      ['a page holds one record too many', 'records.length = limit\n', ''],
      [
        'a page that is full has no next one',
        'const wanted = limit + 1 - records.length',
        'const wanted = limit - records.length',
      ],
      [
        'a page resumes behind the last record but one',
        'records[limit - 1]?.value',
        'records[limit - 2]?.value',
      ],
    ]),
    ...inSql('query.ts', [
      [
        'an index holds records that lack its fields',
        'return [...parts, ...path.present.map((column) => isPresent(table, column))]',
        'return parts',
      ],
      ['a prefix ends one text too late', "        ['lt', end],", "        ['lte', end],"],
      ['gt is gte', "const BOUNDS = { gt: '>',", "const BOUNDS = { gt: '>=',"],
      [
        'the filter of a query is dropped',
        'if (request.filter !== undefined) parts.push(filterSql(table, request.filter, parameters))',
        'if (request.filter !== undefined) filterSql(table, request.filter, parameters)',
      ],
    ]),
    ...inSql('filter.ts', [
      [
        'not of what is unknown is true',
        'return `(NOT ${filterSql(table, filter.of, parameters)})`',
        'return `(NOT coalesce(${filterSql(table, filter.of, parameters)}, FALSE))`',
      ],

      [
        'a field that is null does not exist',
        '`(${row}${column.sql} IS NOT NULL OR ${holdsNull(table, column, row)})`',
        '`(${row}${column.sql} IS NOT NULL)`',
      ],
      [
        'filters of different operators share a statement',
        'return `${filter.op}${column.at};`\n    }\n  }\n}',
        'return `${column.at};`\n    }\n  }\n}',
      ],
    ]),
  ],
}

const values: MutantPart = {
  suites: [unit('adapter-sql/test/codec.test.ts')],
  mutants: [
    ...inSql('codec.ts', [
      [
        'a nested bigint becomes a number',
        'return { $i: value.toString() }',
        'return Number(value)',
      ],
      [
        'a nested decimal becomes a number',
        'return { $n: value.toString() }',
        'return value.toNumber()',
      ],
    ]),
    ...inSql('dialect/postgres.ts', [
      ['PostgreSQL: hundredths of a second are read as tenths', 'unit = 100;', 'unit = 10;'],
    ]),
  ],
}

const file: MutantPart = {
  suites: [contract('sqlite', 'values', 'index order')],
  mutants: inSql('dialect/sqlite.ts', [
    [
      'SQLite: decimals lose digits',
      'decode: (raw) => decodeNumber(raw as string)',
      'decode: (raw) => (decodeNumber(raw as string).constructor as typeof Decimal).from(decodeNumber(raw as string).toNumber())',
    ],
    [
      'SQLite: decimals are ordered as text',
      'encode: (value) => encodeNumber(value as Decimal),\n    decode: (raw) => decodeNumber(raw as string)',
      'encode: (value) => String(value as Decimal),\n    decode: (raw) => (decodeNumber(encodeNumber(raw as never)))',
    ],
    [
      'SQLite: dates lose their milliseconds',
      'encode: (value) => (value as Date).getTime()',
      'encode: (value) => Math.floor((value as Date).getTime() / 1000) * 1000',
    ],
    [
      'SQLite: bigints are rounded',
      'encode: (value) => value as bigint',
      'encode: (value) => BigInt(Number(value))',
    ],
  ]),
}

/** The driver's own tests, on two stores. */
const DRIVER = named('sqlite|postgres', 'adapter-sql/test/driver.test.ts')

const server: MutantPart = {
  suites: [DRIVER, contract('postgres', 'index order', 'keys')],
  mutants: [
    ...inSql('dialect/postgres.ts', [
      [
        'PostgreSQL: bigints are rounded',
        'decode: (raw) => BigInt(text(raw))',
        'decode: (raw) => BigInt(Number(text(raw)))',
      ],
      [
        'PostgreSQL: decimals lose digits',
        'decode: (raw) => Decimal.from(text(raw))',
        'decode: (raw) => Decimal.from(Number(text(raw)))',
      ],
      [
        'PostgreSQL: quotes in a list end its element',
        "text.replaceAll(/[\"\\\\]/g, '\\\\$&')",
        'text',
      ],
      [
        'PostgreSQL: nulls are greatest',
        "descending ? ' NULLS LAST' : ' NULLS FIRST'",
        "descending ? ' NULLS FIRST' : ' NULLS LAST'",
      ],
    ]),
    ...inSql('get.ts', [
      [
        'PostgreSQL: many records come in the order of the server',
        'found[Number(row.at(-1)) - 1]',
        'found[rows.indexOf(row)]',
      ],
    ]),
    ...inSql('batch.ts', [
      [
        'PostgreSQL: a record that fails fails its whole list',
        "outcome === 'not_applied' && !retryable",
        'retryable && !retryable',
      ],
    ]),
    ...inSql('lists.ts', [
      [
        'one bad item fails a whole list',
        'if (!dialect.isItemError(error)) throw error',
        'if (results.length >= 0) throw error',
      ],
      [
        'PostgreSQL: a list refused in part counts as written',
        'if (reply.rows.length === puts.length) return',
        'if (reply.rows.length >= 0) return',
      ],
    ]),
  ],
}

/** Defects in what is asked of a SQL database, and how values get there and back. */
export const sqlQueries: readonly MutantPart[] = [pages, values, file, server]
