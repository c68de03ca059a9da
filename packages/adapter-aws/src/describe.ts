import { type CallOptions, HoldfastError } from '@holdfast/core/driver'
import type { Dynamo } from './connection.ts'

interface KeyElement {
  readonly AttributeName?: string
  readonly KeyType?: string
}

/** What DynamoDB tells of a table, as far as it is used. */
export interface Description {
  readonly TableStatus?: string
  readonly LatestStreamArn?: string
  readonly KeySchema?: readonly KeyElement[]
  readonly AttributeDefinitions?: readonly {
    readonly AttributeName?: string
    readonly AttributeType?: string
  }[]
  readonly GlobalSecondaryIndexes?: readonly {
    readonly IndexName?: string
    readonly IndexStatus?: string
    readonly KeySchema?: readonly KeyElement[]
    readonly Projection?: { readonly ProjectionType?: string }
  }[]
  readonly StreamSpecification?: {
    readonly StreamEnabled?: boolean
    readonly StreamViewType?: string
  }
}

const isMissing = (error: unknown): boolean =>
  (error as { readonly name?: string } | null)?.name === 'ResourceNotFoundException'

/** A table as it is; `undefined` when there is none. */
export const describe = async (
  dynamo: Dynamo,
  TableName: string,
  options: CallOptions,
): Promise<Description | undefined> => {
  try {
    const reply = await dynamo.call<{ readonly Table?: Description }>(
      'DescribeTable',
      { TableName },
      options,
    )
    return reply.Table
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 5000
/** Filling an index of a large table takes its time. */
const PATIENCE_MS = 6 * 60 * 60 * 1000

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * A table once nothing is being changed in it.
 * @throws `TIMEOUT` after six hours.
 */
export const settled = async (
  dynamo: Dynamo,
  name: string,
  options: CallOptions,
): Promise<Description> => {
  const end = Date.now() + PATIENCE_MS
  for (let wait = FIRST_PAUSE_MS; Date.now() < end; wait = Math.min(wait * 2, LAST_PAUSE_MS)) {
    const found = await describe(dynamo, name, options)
    const isActive =
      found?.TableStatus === 'ACTIVE' &&
      (found.GlobalSecondaryIndexes ?? []).every(({ IndexStatus }) => IndexStatus === 'ACTIVE')
    if (found !== undefined && isActive) return found
    await pause(wait)
  }
  throw new HoldfastError('TIMEOUT', `Table ${name} did not become active.`)
}

/** By which attribute the items of a table expire, if they do. */
export const describeExpiry = async (
  dynamo: Dynamo,
  TableName: string,
  options: CallOptions,
): Promise<{ readonly status: string; readonly attribute: string | undefined }> => {
  const { TimeToLiveDescription: found } = await dynamo.call<{
    readonly TimeToLiveDescription?: {
      readonly TimeToLiveStatus?: string
      readonly AttributeName?: string
    }
  }>('DescribeTimeToLive', { TableName }, options)
  return { status: found?.TimeToLiveStatus ?? 'DISABLED', attribute: found?.AttributeName }
}
