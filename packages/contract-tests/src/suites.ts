import type { Suite } from './case.ts'
import { bulkSuite } from './suites/bulk.ts'
import { conditionsSuite } from './suites/conditions.ts'
import { keyOrderSuite } from './suites/key-order.ts'
import { keysSuite } from './suites/keys.ts'
import { patchesSuite } from './suites/patches.ts'
import { transactionLimitsSuite } from './suites/transaction-limits.ts'
import { transactionsSuite } from './suites/transactions.ts'
import { uniqueSuite } from './suites/unique.ts'
import { valuesSuite } from './suites/values.ts'
import { writesSuite } from './suites/writes.ts'

/** The whole contract, in the order in which a new adapter is best made to keep it. */
export const suites: readonly Suite[] = [
  valuesSuite,
  keysSuite,
  keyOrderSuite,
  writesSuite,
  patchesSuite,
  conditionsSuite,
  uniqueSuite,
  bulkSuite,
  transactionsSuite,
  transactionLimitsSuite,
]
