import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Firestore, v1 } from '@google-cloud/firestore'
import { credentials } from '@grpc/grpc-js'
import { startFirestore } from '../../src/index.ts'
import type { Context } from './case.ts'

/** The indexes that the checks need, for `firebase deploy --only firestore:indexes` too. */
export const INDEXES: string = fileURLToPath(new URL('firestore.indexes.json', import.meta.url))

const CLOSE_MS = 3000

/** What the checks run on. */
export interface Target {
  name: 'this emulator' | "Google's emulator" | 'the service'
  context(): Context
  stop(): Promise<void>
}

const clients = (
  settings: { host: string; port: number } | undefined,
  projectId: string,
): Pick<Context, 'db' | 'low'> => {
  if (settings === undefined)
    return { db: new Firestore({ projectId }), low: new v1.FirestoreClient({ projectId }) }
  const { host, port } = settings
  return {
    db: new Firestore({ projectId, host, port, ssl: false }),
    low: new v1.FirestoreClient({
      projectId,
      servicePath: host,
      port,
      sslCreds: credentials.createInsecure(),
    }),
  }
}

const makeContext = (shared: Pick<Context, 'db' | 'low'>, projectId: string): Context => {
  const root = shared.db.collection('checks').doc(randomUUID())
  const database = `projects/${projectId}/databases/(default)`
  return {
    ...shared,
    root,
    items: root.collection('items'),
    database,
    parent: `${database}/documents/${root.path}`,
  }
}

/**
 * Finds what to run on: what listens at FIRESTORE_EMULATOR_HOST, or the service in the project that
 * FIRESTORE_PROJECT names, or an emulator of ours.
 */
export const openTarget = async (): Promise<Target> => {
  // The client would ask the network for credentials otherwise.
  process.env['METADATA_SERVER_DETECTION'] ??= 'none'
  const { FIRESTORE_EMULATOR_HOST: address, FIRESTORE_PROJECT: project } = process.env
  const own =
    address === undefined && project === undefined
      ? await startFirestore({ indexes: INDEXES })
      : undefined
  const [host = '', port = ''] = (own?.address ?? address ?? '').split(':')
  const projectId = project ?? 'holdfast-checks'
  const shared = clients(host === '' ? undefined : { host, port: Number(port) }, projectId)
  return {
    name: own ? 'this emulator' : address === undefined ? 'the service' : "Google's emulator",
    context: () => makeContext(shared, projectId),
    stop: async () => {
      const closed = Promise.allSettled([shared.db.terminate(), shared.low.close()])
      // The client may still be retrying what another target has refused.
      await Promise.race([closed, setTimeout(CLOSE_MS)])
      await own?.stop()
    },
  }
}
