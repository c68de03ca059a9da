// Started beside each server, as its parent: runs it for as long as standard input stays open. Whatever
// ends the process that holds the other end, even SIGKILL, the server stops and its directory goes.
// Arguments: the directory, the account as JSON, the program and its arguments.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { Account } from './unprivileged.ts'

const [directory = '', account = '{}', program = '', ...args] = process.argv.slice(2)
const server = spawn(program, args, {
  ...(JSON.parse(account) as Account),
  cwd: directory,
  stdio: ['ignore', 'inherit', 'inherit'],
})
const end = (code: number | null): never => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  process.exit(code ?? 1)
}
server.on('exit', end).on('error', (error) => {
  console.error(error.message)
  end(1)
})
// SIGINT asks PostgreSQL for a fast shutdown, which closes open connections; it ends a JVM as well.
process.stdin.on('close', () => server.kill('SIGINT')).resume()
