import { FieldValue, Firestore } from '@google-cloud/firestore'
import { FIRESTORE_CLIENT } from '@holdfast/engines'
import type { Started } from './start.ts'

const COLLECTION = 'client-counters'

/** What most programs do: `FieldValue.increment` with the retries of Google's client as they come. */
export const firestoreCounters = async (
  direct: string,
  broken: string,
): Promise<NonNullable<Started['beside']> & { close(): Promise<void> }> => {
  const open = (host: string): Firestore =>
    new Firestore({ ...FIRESTORE_CLIENT, host, ssl: false, universeDomain: 'googleapis.com' })
  const [straight, client] = [open(direct), open(broken)]
  return {
    name: "Google's client, increment",
    async increment(key) {
      try {
        await client
          .collection(COLLECTION)
          .doc(`c${key}`)
          .set({ hits: FieldValue.increment(1) }, { merge: true })
        return 'acknowledged'
      } catch {
        // After several attempts, the last error says nothing of those before.
        return 'unknown'
      }
    },
    async stored() {
      const { docs } = await straight.collection(COLLECTION).get()
      return docs.reduce((sum, doc) => sum + Number(doc.get('hits')), 0)
    },
    close: async () => {
      await straight.terminate()
      await client.terminate()
    },
  }
}
