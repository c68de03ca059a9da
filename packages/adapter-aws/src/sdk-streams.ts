// The vendor's client for streams, loaded when changes are first read.
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams'
import type { Commands, StreamCommand } from './connection.ts'

/** The calls that are made. */
export const COMMANDS: Commands<StreamCommand> = {
  DescribeStream: DescribeStreamCommand,
  GetRecords: GetRecordsCommand,
  GetShardIterator: GetShardIteratorCommand,
}

export { DynamoDBStreamsClient as Client }
