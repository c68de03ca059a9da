/** A running database server for tests. */
export interface Engine {
  /** What it is and where it came from, for the head of a test report. */
  readonly description: string
  /** Connection string of an account that may create databases. */
  readonly url: string
  /** Stops what was started, and waits for its end. Does nothing to a server that was running before. */
  stop(): Promise<void>
}
