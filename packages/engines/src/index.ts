export type { Engine } from './engine.ts'
export { createDatabase } from './postgres-database.ts'
export { startPostgres } from './postgres.ts'
