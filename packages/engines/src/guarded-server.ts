import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Account } from './unprivileged.ts'

/** A server process that cannot outlive this one. */
export interface GuardedServer {
  /** Throws with the server's own words when it has ended. */
  assertRunning(): void
  /** Stops the server and resolves when it has ended and its directory is gone. */
  stop(): Promise<void>
}

/** Runs a program as `account`; when it ends, by `stop` or with this process, `directory` is removed. */
export const guardServer = (
  directory: string,
  account: Account,
  command: readonly string[],
): GuardedServer => {
  const script = fileURLToPath(new URL('./server-guard.ts', import.meta.url))
  const guard = spawn(process.execPath, [script, directory, JSON.stringify(account), ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // A group of its own, so that Ctrl-C reaches the server through the guard only.
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  let words = ''
  guard.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000)
  })
  const ended = once(guard, 'exit')
  // A forgotten stop() must not keep the process alive.
  const handles = [guard, guard.stdin as Socket, guard.stderr as Socket]
  for (const handle of handles) handle.unref()
  return {
    assertRunning() {
      if (guard.exitCode !== null) throw new Error(`The server ended while starting: ${words}`)
    },
    async stop() {
      guard.ref()
      guard.stdin.destroy()
      await ended
    },
  }
}
