import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqlite } from '@holdfast/adapter-sql'
import { runContract } from '@holdfast/contract-tests'
import { afterAll, describe, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-contract-'))
runContract(
  {
    name: 'sqlite',
    open: async () => sqlite({ file: join(folder, 'contract.db') }),
    dispose: () => rm(folder, { recursive: true }),
  },
  { describe, test, afterAll },
)
