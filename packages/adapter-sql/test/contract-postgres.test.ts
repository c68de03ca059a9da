import { postgres } from '@holdfast/adapter-sql'
import { runContract } from '@holdfast/contract-tests'
import { createDatabase, startPostgres } from '@holdfast/engines'
import { afterAll, describe, test } from 'vitest'

const engine = await startPostgres()
const connectionString = await createDatabase(engine.url)
runContract(
  {
    name: 'postgres',
    open: async () => postgres({ connectionString }),
    dispose: () => engine.stop(),
  },
  { describe, test, afterAll },
)
