/**
 * The part of `DynamoDBClient` that is used. Written out here so that the types of the AWS SDK are
 * not asked of those who use another store.
 */
export interface DynamodbClient {
  send(command: never, options?: never): Promise<unknown>
  readonly config: {
    readonly maxAttempts?: unknown
    readonly region?: unknown
    readonly endpoint?: unknown
    readonly credentials?: unknown
    readonly logger?: unknown
  }
}

/** Access keys of an AWS account. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Options of `dynamodb`. */
export interface DynamodbOptions {
  /**
   * A client of yours, which `close` leaves open. Make it with `maxAttempts: 1`: the SDK repeats a
   * write whose answer was lost, and then reports it as refused by itself.
   */
  readonly client?: DynamodbClient
  /** Region of a client of our own. Without it, the SDK looks where it always does. */
  readonly region?: string
  /** Address of another DynamoDB than that of the region, such as DynamoDB Local. Own client only. */
  readonly endpoint?: string
  /** Credentials of a client of our own. Without them, the SDK looks where it always does. */
  readonly credentials?: AwsCredentials
  /** What the names of all tables begin with. Default: nothing. */
  readonly tablePrefix?: string
  /** When a call without answer is given up, in milliseconds. Default 5000. Own client only. */
  readonly requestTimeoutMs?: number
  /** When connecting is given up, in milliseconds. Default 2000. Own client only. */
  readonly connectionTimeoutMs?: number
  /** Most connections of a client of our own. Default 50. */
  readonly maxSockets?: number
  /**
   * Whose changes can be read: those of all groups of entities (default), of none, or of the groups
   * named. `ensureSchema` enables the streams of their tables.
   */
  readonly streams?: boolean | readonly string[]
  /** A client for DynamoDB Streams of yours, which `close` leaves open. Default: one like the other client. */
  readonly streamsClient?: DynamodbClient
  /** How long `changes` waits after it found nothing new, in milliseconds. Default 500. */
  readonly pollMs?: number
}
