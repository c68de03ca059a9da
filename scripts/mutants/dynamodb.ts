import { dynamodbReads } from './dynamodb-reads.ts'
import { dynamodbWrites } from './dynamodb-writes.ts'
import type { MutantGroup } from './mutant.ts'

/** Defects in the adapter of DynamoDB. */
export const dynamodb: MutantGroup = {
  parts: [...dynamodbWrites, ...dynamodbReads],
  engines: ['dynamodb'],
}
