import type { MutantGroup } from './mutant.ts'
import { sqlQueries } from './sql-queries.ts'
import { sqlWrites } from './sql-writes.ts'

/** Defects in the adapters of SQLite and PostgreSQL. */
export const sql: MutantGroup = { parts: [...sqlWrites, ...sqlQueries], engines: ['postgres'] }
