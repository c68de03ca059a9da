import { pglite } from '@holdfast/adapter-sql'
import { runContract, sharedPlace } from '@holdfast/contract-tests'
import { afterAll, describe, test } from 'vitest'

// One connection for all: what only several clients can show is shown on PostgreSQL.
runContract(
  { name: 'pglite', ...sharedPlace(pglite()), concurrent: false },
  { describe, test, afterAll },
)
