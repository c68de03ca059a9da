import type { DynamoDBStreamsClient as StreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { type Commands, notInstalled, type StreamCommand } from './connection.ts'

/** What is loaded of the vendor's client for streams. */
interface StreamsSdk {
  readonly COMMANDS: Commands<StreamCommand>
  readonly Client: typeof StreamsClient
}

/**
 * Loads the vendor's client for streams, which only those have who read changes: a bundler lets an
 * import that it cannot resolve stand where its failure is handled.
 */
export const loadStreams = async (): Promise<StreamsSdk> => {
  const {
    DescribeStreamCommand,
    DynamoDBStreamsClient,
    GetRecordsCommand,
    GetShardIteratorCommand,
  } = await import('@aws-sdk/client-dynamodb-streams').catch(notInstalled)
  return {
    COMMANDS: {
      DescribeStream: DescribeStreamCommand,
      GetRecords: GetRecordsCommand,
      GetShardIterator: GetShardIteratorCommand,
    },
    Client: DynamoDBStreamsClient,
  }
}
