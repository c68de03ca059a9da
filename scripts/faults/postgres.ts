import { postgres } from '@holdfast/adapter-sql'
import { startTcpFaultProxy } from '@holdfast/contract-tests'
import { createDatabase, startPostgres } from '@holdfast/engines'
import { DELAY_MS, FAULTS, type Start } from './start.ts'

/** How much longer than the server the adapter waits for an answer, in milliseconds. */
const GRACE_MS = 2000
const STATEMENT_TIMEOUT_MS = 200

const message = (type: string, body: string): Buffer => {
  const content = Buffer.from(body, 'latin1')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length + 4)
  return Buffer.concat([Buffer.from(type, 'latin1'), length, content])
}

/**
 * An error in place of an answer, and that the next statement may come:
 * https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
const refusal = (sqlState: string, text: string): Buffer =>
  Buffer.concat([message('E', `SERROR\0VERROR\0C${sqlState}\0M${text}\0\0`), message('Z', 'I')])

/** As elsewhere, but less of what takes this adapter seconds to give up on. */
const SLOW = { hang: 0.002, hangAfter: 0.002, delay: 0.002 }

/** A real server behind a proxy that breaks the connection. */
export const startPostgresBehindFaults: Start = async (seed) => {
  const engine = await startPostgres()
  const connectionString = await createDatabase(engine.url)
  const url = new URL(connectionString)
  const proxy = await startTcpFaultProxy({
    target: `tcp://${url.hostname}:${url.port || 5432}`,
    seed,
    faults: {},
    answers: { throttle: refusal('53000', 'insufficient resources') },
    delayMs: DELAY_MS + GRACE_MS,
  })
  const line = new URL(proxy.url)
  url.hostname = line.hostname
  url.port = line.port
  const straight = postgres({ connectionString })
  const faulty = postgres({
    connectionString: url.href,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    connectTimeoutMs: 500,
    max: 16,
  })
  return {
    description: `${engine.description}; faults by a TCP proxy`,
    place: {
      straight,
      faulty,
      line: proxy,
      faults: { ...FAULTS, ...SLOW },
      timeoutMs: STATEMENT_TIMEOUT_MS + GRACE_MS,
      delayMs: DELAY_MS + GRACE_MS,
    },
    address: connectionString,
    stop: async () => {
      await proxy.stop()
      await faulty.close()
      await straight.close()
      await engine.stop()
    },
  }
}
