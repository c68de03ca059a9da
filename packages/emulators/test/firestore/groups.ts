import type { Check } from './case.ts'
import { aggregateChecks } from './cases/aggregates.ts'
import { batchChecks } from './cases/batches.ts'
import { filterChecks } from './cases/filters.ts'
import { indexChecks } from './cases/indexes.ts'
import { limitChecks } from './cases/limits.ts'
import { listChecks } from './cases/lists.ts'
import { listenChecks } from './cases/listen.ts'
import { maskChecks } from './cases/masks.ts'
import { orderChecks } from './cases/orders.ts'
import { queryChecks } from './cases/queries.ts'
import { transactionChecks } from './cases/transactions.ts'
import { transformChecks } from './cases/transforms.ts'
import { valueChecks } from './cases/values.ts'
import { writeChecks } from './cases/writes.ts'

/** Every check of how Firestore behaves, by subject. */
export const groups: { group: string; checks: Check[] }[] = [
  { group: 'values', checks: valueChecks },
  { group: 'writes', checks: writeChecks },
  { group: 'masks', checks: maskChecks },
  { group: 'transforms', checks: transformChecks },
  { group: 'batches', checks: batchChecks },
  { group: 'limits', checks: limitChecks },
  { group: 'filters', checks: filterChecks },
  { group: 'orders', checks: orderChecks },
  { group: 'queries', checks: queryChecks },
  { group: 'aggregates', checks: aggregateChecks },
  { group: 'indexes', checks: indexChecks },
  { group: 'transactions', checks: transactionChecks },
  { group: 'lists', checks: listChecks },
  { group: 'listen', checks: listenChecks },
]
