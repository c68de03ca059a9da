import { contract, inSql, type MutantPart, named, unit } from './mutant.ts'

const guards: MutantPart = {
  suites: [
    contract(
      'sqlite',
      'deliveries',
      'patches',
      'conditions',
      'expiry',
      'faults',
      'unique',
      'transactions',
    ),
  ],
  mutants: [
    ...inSql('write.ts', [
      [
        'a put forgets the writes before it',
        '`${HISTORY} = ${nextHistory(table, `excluded.${VERSION}`)}`',
        '`${HISTORY} = excluded.${VERSION}`',
      ],
      [
        'an update is made over a newer one',
        'WHERE ${key} AND t.${VERSION} < ${id}${guard}`',
        'WHERE ${key}${guard}`',
      ],
      [
        'a delete removes what is newer',
        'const where = `${keySql(table, parameters)} AND t.${VERSION} < ${id}`\n    const guard',
        'const where = `${keySql(table, parameters)} AND ${id} = ${id}`\n    const guard',
      ],
      ['a patch of null leaves the field missing', 'if (value === null) nulled.push(column)', ''],

      [
        'a put is made over a newer one',
        ' WHERE t.${VERSION} < excluded.${VERSION}${guard}`',
        ' WHERE TRUE${guard}`',
      ],
      [
        'a put is made twice',
        ' WHERE t.${VERSION} < excluded.${VERSION}${guard}`',
        ' WHERE t.${VERSION} <= excluded.${VERSION}${guard}`',
      ],
      [
        'a patch is made over a newer one',
        'const where = `${keySql(table, parameters)} AND t.${VERSION} < ${id}${guardSql(table, write, parameters)}`',
        'const where = `${keySql(table, parameters)} AND ${id} = ${id}${guardSql(table, write, parameters)}`',
      ],

      [
        'the version that a write asks for is not compared',
        "write.version === undefined ? '' : ` AND t.${VERSION} = ${parameters.next('text')}`",
        "write.version === undefined ? '' : ` AND ${parameters.next('text')} IS NOT NULL`",
      ],
      [
        'the condition of a write is dropped',
        ': `${version} AND ${filterSql(table, condition, parameters)}`',
        ': `${version} AND (TRUE OR ${filterSql(table, condition, parameters)})`',
      ],

      [
        'a check of a transaction always holds',
        "if (write.kind === 'check')\n    return (row !== undefined) === (write.expect === 'present') ? APPLIED : REFUSED",
        "if (write.kind === 'check') return APPLIED",
      ],
      ['create overwrites', "if (expect === 'absent') return `${target} DO NOTHING`", ''],
    ]),
    ...inSql('driver.ts', [
      [
        'half of an atomic list stays',
        'connection.transact(atomicTask(dialect, tables, writes), isApplied, options)',
        'connection.transact(atomicTask(dialect, tables, writes), () => true, options)',
      ],
    ]),
    ...inSql('sweep.ts', [
      [
        'the sweeper removes what has not expired',
        '<= ${parameters.for(column)}`',
        'IS NOT NULL AND ${parameters.for(column)} IS NOT NULL`',
      ],
    ]),
  ],
}

const errors: MutantPart = {
  suites: [unit('adapter-sql/test/errors.test.ts')],
  mutants: inSql('errors.ts', [
    [
      'PostgreSQL: a unique violation is an outage',
      "'23505': is('ALREADY_EXISTS')",
      "'23505': LOST",
    ],
    ['PostgreSQL: a deadlock is not repeated', "'40': ABORTED", "'40': INTERNAL"],
    [
      'PostgreSQL: a lost connection has applied nothing',
      'ECONNRESET: LOST',
      'ECONNRESET: REFUSED',
    ],
    [
      'PostgreSQL: a connection lost in COMMIT has applied nothing',
      "isDefinite ? meaning : { ...meaning, outcome: 'unknown' }",
      'meaning',
    ],
    [
      'PostgreSQL: a conflict at COMMIT is in doubt',
      "const isDefinite = code?.startsWith('23') === true || code?.startsWith('40') === true",
      'const isDefinite = code === undefined',
    ],
    [
      'PostgreSQL: what failed before COMMIT is in doubt',
      "return { ...classifyPostgres(error.cause), outcome: 'not_applied' }",
      'return classifyPostgres(error.cause)',
    ],

    ['PostgreSQL: a server that shuts down has applied nothing', "'57': LOST", "'57': REFUSED"],
    [
      'PostgreSQL: an answer that does not come has applied nothing',
      "is('TIMEOUT', 'unknown', true)],",
      "is('TIMEOUT', 'not_applied', true)],",
    ],

    [
      'SQLite: a lock leaves the write in doubt',
      "5: is('THROTTLED', 'not_applied', true)",
      "5: is('THROTTLED', 'unknown', true)",
    ],

    [
      'SQLite: a unique violation is invalid input',
      "2067: is('ALREADY_EXISTS')",
      "2067: is('INVALID')",
    ],
    [
      'SQLite: a disk that fails has applied nothing',
      "10: is('UNAVAILABLE', 'unknown', true)",
      "10: is('UNAVAILABLE', 'not_applied', true)",
    ],
  ]),
}

const connections: MutantPart = {
  suites: [unit('adapter-sql/test/pg-session.test.ts', 'adapter-sql/test/sqlite.test.ts')],
  mutants: [
    ...inSql('connection/pg-session.ts', [
      [
        'PostgreSQL: a COMMIT answered by ROLLBACK counts as done',
        "if (result.command === 'ROLLBACK') throw new RolledBackError()",
        '',
      ],
      [
        'PostgreSQL: a COMMIT that fails counts as a failed statement',
        'throw new CommitError(error)\n',
        'throw error\n',
      ],
      [
        'PostgreSQL: a connection lost before COMMIT leaves the outcome open',
        'if (this.#isBroken) throw new BeforeCommitError(error)',
        '',
      ],
      [
        'PostgreSQL: a refused list is committed',
        'if (keep(value)) await this.#commit()\n      else await this.#rollback()',
        'await this.#commit()',
      ],
      [
        'PostgreSQL: a broken connection goes back to the pool',
        'this.#client.release(this.#isBroken)',
        'this.#client.release()',
      ],
      [
        'PostgreSQL: a transaction that fails stays open',
        'await this.#rollback().catch(ignore)',
        '',
      ],
    ]),
    ...inSql('connection/sqlite.ts', [
      [
        'SQLite: a COMMIT that fails counts as done',
        "inside.exec(keep(value) ? 'COMMIT' : 'ROLLBACK')",
        "try { inside.exec(keep(value) ? 'COMMIT' : 'ROLLBACK') } catch {}",
      ],
      [
        'SQLite: a transaction that fails stays open',
        "if (inside.isTransaction) inside.exec('ROLLBACK')",
        '',
      ],
      [
        'SQLite: an acknowledged commit may be lost with the power',
        'PRAGMA synchronous = FULL',
        'PRAGMA synchronous = NORMAL',
      ],
    ]),
  ],
}

const locks: MutantPart = {
  suites: [
    named(
      'check|shared statement|not deadlock|aborted in flight|not used again|fell silent',
      'adapter-sql/test/postgres.test.ts',
    ),
  ],
  mutants: [
    ...inSql('connection/pg.ts', [
      [
        'PostgreSQL: a transaction aborted in flight was not applied',
        "withSignal(call.signal, 'unknown', () =>\n        together",
        "withSignal(call.signal, 'not_applied', () =>\n        together",
      ],
      [
        'PostgreSQL: a process that fell silent keeps its locks',
        'idle_in_transaction_session_timeout: statementTimeoutMs,',
        '',
      ],
    ]),
    ...inSql('connection/pg-session.ts', [
      [
        'PostgreSQL: a connection whose COMMIT failed is used again',
        'return await this.#query(statement, [])\n    } catch (error) {\n      this.#isBroken = true',
        'return await this.#query(statement, [])\n    } catch (error) {',
      ],
    ]),
    ...inSql('dialect/postgres.ts', [
      [
        'PostgreSQL: a check for absence holds nothing',
        'holdsAbsence: true',
        'holdsAbsence: false',
      ],
      [
        'PostgreSQL: a check holds nothing until the transaction ends',
        "hold: ' FOR SHARE'",
        "hold: ''",
      ],
    ]),
    ...inSql('lists.ts', [
      [
        'PostgreSQL: lists lock records in their own order',
        "(texts[a] ?? '') < (texts[b] ?? '') ? -1 : 1",
        '0',
      ],
    ]),
    ...inSql('batch.ts', [
      [
        'PostgreSQL: a list whose answer was lost is sent again',
        "outcome === 'not_applied' && !retryable",
        '!retryable || retryable',
      ],
    ]),
  ],
}

/** Defects in how a SQL database is written to, in its errors and connections. */
export const sqlWrites: readonly MutantPart[] = [guards, errors, connections, locks]
