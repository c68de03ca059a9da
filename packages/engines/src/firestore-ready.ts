import { setTimeout } from 'node:timers/promises'
import { Firestore } from '@google-cloud/firestore'

/** What a client of an emulator must name. Nothing of that name is looked for in the cloud. */
export const FIRESTORE_CLIENT = { projectId: 'demo-holdfast' } as const

// Not knowing it, the client would look for a cloud around itself, for seconds.
const NOT_A_CLOUD = { universeDomain: 'googleapis.com' }
const DOCUMENT_NOT_THERE = 'holdfast/ready'

/**
 * Waits until the server answers that a document is not there.
 * @param host host and port
 */
export const untilReady = async (host: string): Promise<void> => {
  const deadline = Date.now() + 60_000
  for (;;) {
    const client = new Firestore({ ...FIRESTORE_CLIENT, ...NOT_A_CLOUD, host, ssl: false })
    try {
      await client.doc(DOCUMENT_NOT_THERE).get()
      return
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error('Firestore did not answer within a minute.', { cause: error })
    } finally {
      await client.terminate()
    }
    await setTimeout(100)
  }
}

const UNIMPLEMENTED = 12

/** Whether a server can split what it holds into parts. */
export const knowsPartitions = async (host: string): Promise<boolean> => {
  const client = new Firestore({ ...FIRESTORE_CLIENT, ...NOT_A_CLOUD, host, ssl: false })
  try {
    for await (const part of client.collectionGroup('holdfast').getPartitions(2))
      if (part === undefined) return false
    return true
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === UNIMPLEMENTED) return false
    throw error
  } finally {
    await client.terminate()
  }
}
