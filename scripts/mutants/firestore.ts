import { firestoreReads } from './firestore-reads.ts'
import { firestoreWrites } from './firestore-writes.ts'
import type { MutantGroup } from './mutant.ts'

/** Defects in the adapter of Firestore, on the emulator in this process. */
export const firestore: MutantGroup = { parts: [...firestoreWrites, ...firestoreReads] }
