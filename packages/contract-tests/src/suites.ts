import { attackSuites } from './attacks/suites.ts'
import type { Suite } from './case.ts'
import { policyOracleSuite } from './policy-oracle/suite.ts'
import { fuzzSuite } from './random/filters.ts'
import { roundTripSuite } from './random/round-trip.ts'
import { modelSuite } from './random/sequences.ts'
import { bulkSuite } from './suites/bulk.ts'
import { cancellationSuite } from './suites/cancellation.ts'
import { changesSuite } from './suites/changes.ts'
import { closeSuite } from './suites/close.ts'
import { concurrencySuite } from './suites/concurrency.ts'
import { conditionsSuite } from './suites/conditions.ts'
import { cursorsSuite } from './suites/cursors.ts'
import { deliveriesSuite } from './suites/deliveries.ts'
import { errorsSuite } from './suites/errors.ts'
import { expirySuite } from './suites/expiry.ts'
import { failuresSuite } from './suites/failures.ts'
import { faultsSuite } from './suites/faults.ts'
import { filtersSuite } from './suites/filters.ts'
import { governedSuite } from './suites/governed.ts'
import { hiddenSuite } from './suites/hidden.ts'
import { indexOrderSuite } from './suites/index-order.ts'
import { inputSuite } from './suites/input.ts'
import { keyOrderSuite } from './suites/key-order.ts'
import { keysSuite } from './suites/keys.ts'
import { pagesSuite } from './suites/pages.ts'
import { patchesSuite } from './suites/patches.ts'
import { pathsSuite } from './suites/paths.ts'
import { policiesSuite } from './suites/policies.ts'
import { queriesSuite } from './suites/queries.ts'
import { schemaSuite } from './suites/schema.ts'
import { segmentsSuite } from './suites/segments.ts'
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
  schemaSuite,
  segmentsSuite,
  filtersSuite,
  queriesSuite,
  pathsSuite,
  indexOrderSuite,
  pagesSuite,
  cursorsSuite,
  bulkSuite,
  transactionsSuite,
  transactionLimitsSuite,
  expirySuite,
  changesSuite,
  policiesSuite,
  governedSuite,
  hiddenSuite,
  ...attackSuites,
  inputSuite,
  errorsSuite,
  concurrencySuite,
  cancellationSuite,
  closeSuite,
  deliveriesSuite,
  faultsSuite,
  failuresSuite,
  roundTripSuite,
  fuzzSuite,
  policyOracleSuite,
  modelSuite,
]
