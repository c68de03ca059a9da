import { parseArgs } from 'node:util'
import { startFirestore } from './firestore/start.ts'

const USAGE = `Usage: emulators firestore [--port 8080] [--host 127.0.0.1] [--indexes FILE]

  --port     the port to listen on; 8080 when absent
  --host     the address to listen on; 127.0.0.1, this machine only, when absent
  --indexes  a firestore.indexes.json, or "any" to let every query through;
             without it there are only the automatic indexes of single fields`

const NOTICE = `This is an emulator for tests, not the service: it keeps everything in memory, checks no
credentials and no security rules, and has no vector search, no query explain, no pipelines and no
Write stream. Its speed says nothing about the service's.`

const readPort = (text: string): number => {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TypeError(`--port takes a number from 0 to 65535, not "${text}".`)
  return port
}

const start = async (args: string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '8080' },
      host: { type: 'string', default: '127.0.0.1' },
      indexes: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  if (positionals.length !== 1 || positionals[0] !== 'firestore') throw new TypeError(USAGE)
  const { host, indexes } = values
  const port = readPort(values.port)
  const emulator = await startFirestore({
    host,
    port,
    ...(indexes === undefined ? {} : { indexes }),
  })
  console.log(`Firestore emulator: ${emulator.address}\n`)
  console.log(`${NOTICE}\n\n  export FIRESTORE_EMULATOR_HOST=${emulator.address}`)
  const stop = (): void => void emulator.stop()
  process.once('SIGINT', stop).once('SIGTERM', stop)
}

/** Runs the command line: starts the emulator that is named, until the process is told to end. */
export const run = async (args: string[]): Promise<void> => {
  try {
    await start(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
