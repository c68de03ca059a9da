import { startFirestore as startEmulator } from '@holdfast/emulators'
import { hasContainers } from './containers.ts'
import { knowsPartitions, untilReady } from './firestore-ready.ts'

export { FIRESTORE_CLIENT } from './firestore-ready.ts'

/** A running emulator of Firestore for tests. */
export interface FirestoreEngine {
  /** What it is and where it came from, for the head of a test report. */
  readonly description: string
  /** Host and port, where clients made with `FIRESTORE_CLIENT` reach it without encryption. */
  readonly host: string
  /** Contract cases that fail there, by full name, each with the reason. */
  readonly gaps: Readonly<Record<string, string>>
  /** Stops what was started, and waits for its end. Does nothing to a server that was running before. */
  stop(): Promise<void>
}

const hold = (parts: number, limit: number): string =>
  `segments: ${parts} hold every record once, as it is stored, ${limit} to a page`

/** What Google's emulator, 1.19 at least, cannot show: it answers UNIMPLEMENTED to PartitionQuery. */
const NO_PARTITIONS = Object.fromEntries(
  [
    ...[3, 8].flatMap((parts) => [1, 7, 100].map((limit) => hold(parts, limit))),
    'segments: another process goes on where one stopped, while records come, change and go',
    'segments: segments stay where they are, however many records come',
    'segments: a segment goes on behind a record that has gone',
    'segments: a record that has expired is read while it takes space',
  ].map((name) => [name, "Google's emulator does not know PartitionQuery."]),
)

// Google's own emulator is part of its command line tools.
const IMAGE = 'gcr.io/google.com/cloudsdktool/google-cloud-cli:528.0.0-emulators'
const PORT = 8080

const fromEnvironment = async (): Promise<FirestoreEngine | undefined> => {
  const host = process.env['FIRESTORE_EMULATOR_HOST']
  if (!host) return undefined
  await untilReady(host)
  const gaps = (await knowsPartitions(host)) ? {} : NO_PARTITIONS
  return { description: 'Firestore at FIRESTORE_EMULATOR_HOST', host, gaps, stop: async () => {} }
}

const inContainer = async (): Promise<FirestoreEngine | undefined> => {
  if (!(await hasContainers())) return undefined
  const { GenericContainer } = await import('testcontainers')
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(PORT)
    .withCommand(['gcloud', 'emulators', 'firestore', 'start', `--host-port=0.0.0.0:${PORT}`])
    .start()
  const host = `${container.getHost()}:${container.getMappedPort(PORT)}`
  await untilReady(host)
  return {
    description: `Google's emulator of Firestore in a container (${IMAGE})`,
    host,
    gaps: (await knowsPartitions(host)) ? {} : NO_PARTITIONS,
    stop: async () => {
      await container.stop()
    },
  }
}

const ours = async (): Promise<FirestoreEngine> => {
  const emulator = await startEmulator()
  return {
    description: 'the emulator of Firestore from @holdfast/emulators',
    host: emulator.address,
    gaps: {},
    stop: () => emulator.stop(),
  }
}

/**
 * An emulator of Firestore that answers: the one at `FIRESTORE_EMULATOR_HOST`, else Google's in a container
 * where a container engine answers, else the one in `@holdfast/emulators`, in this process. All documents
 * are kept in memory. Only the last refuses a query for want of an index.
 */
export const startFirestore = async (): Promise<FirestoreEngine> =>
  (await fromEnvironment()) ?? (await inContainer()) ?? (await ours())
