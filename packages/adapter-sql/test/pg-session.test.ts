import type { PoolClient } from 'pg'
import { expect, test } from 'vitest'
import { Session } from '../src/connection/pg-session.ts'
import { classifyPostgres } from '../src/errors.ts'

/** What a server does on demand only: it answers each command as a test says. */
type Answer = { readonly command?: string } | Error

interface Line {
  readonly session: Session
  /** The commands sent. */
  readonly sent: string[]
  /** What the pool was told as the connection came back: whether to end it. */
  readonly released: unknown[]
}

const line = (answers: Readonly<Record<string, Answer>>): Line => {
  const sent: string[] = []
  const released: unknown[] = []
  const client = {
    on: () => client,
    removeListener: () => client,
    release: (isBroken?: boolean) => released.push(isBroken),
    query: async ({ text }: { readonly text: string }) => {
      const command = text.split(' ')[0] ?? ''
      sent.push(command)
      const answer = answers[command] ?? {}
      if (answer instanceof Error) throw answer
      return { rows: [], rowCount: 1, command, ...answer }
    },
  }
  const options = { isNamed: false, timeoutMs: undefined }
  return { session: new Session(client as unknown as PoolClient, options), sent, released }
}

const statement = {
  text: 'UPDATE account',
  name: undefined,
  returns: false,
  writes: true,
  bigints: false,
}

function* task(): Generator<
  { readonly statement: typeof statement; readonly params: [] },
  string,
  unknown
> {
  yield { statement, params: [] }
  return 'done'
}

const transact = ({ session }: Line, keep = true): Promise<string> =>
  session.transact(task(), () => keep, {})

const failure = async (on: Line): Promise<unknown> => {
  const error: unknown = await transact(on).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  on.session.release()
  return classifyPostgres(error)
}

const refused = (code: string): Error =>
  Object.assign(new Error('the server said no'), { severity: 'ERROR', code })
const lost = (): Error => Object.assign(new Error('lost'), { code: 'ECONNRESET' })

test('a list that holds is committed, one that does not is rolled back', async () => {
  const kept = line({})
  expect(await transact(kept)).toBe('done')
  expect(kept.sent).toEqual(['BEGIN', 'UPDATE', 'COMMIT'])
  const dropped = line({})
  expect(await transact(dropped, false)).toBe('done')
  expect(dropped.sent).toEqual(['BEGIN', 'UPDATE', 'ROLLBACK'])
})

test('a COMMIT that is answered by ROLLBACK was not applied', async () => {
  expect(await failure(line({ COMMIT: { command: 'ROLLBACK' } }))).toEqual({
    code: 'ABORTED',
    retryable: true,
    outcome: 'not_applied',
  })
})

test('a COMMIT whose answer is lost is in doubt, and its connection is ended', async () => {
  const on = line({ COMMIT: lost() })
  expect(await failure(on)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' })
  expect(on.released).toEqual([true])
})

test('a COMMIT that takes too long is in doubt, although the server says that it was cancelled', async () => {
  const on = line({ COMMIT: refused('57014') })
  expect(await failure(on)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' })
})

test('a connection that is lost before COMMIT has applied nothing', async () => {
  const on = line({ UPDATE: lost() })
  expect(await failure(on)).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not_applied' })
  expect(on.sent).not.toContain('COMMIT')
  expect(on.released).toEqual([true])
})

test('a statement that the server refuses ends the transaction and keeps the connection', async () => {
  const on = line({ UPDATE: refused('23505') })
  expect(await failure(on)).toMatchObject({ code: 'ALREADY_EXISTS', outcome: 'not_applied' })
  expect(on.sent).toEqual(['BEGIN', 'UPDATE', 'ROLLBACK'])
  expect(on.released).toEqual([false])
})
