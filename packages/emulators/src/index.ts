export { startFirestore } from './firestore/start.ts'
export type { FirestoreEmulator, FirestoreEmulatorOptions } from './firestore/options.ts'
export type {
  GrpcCode,
  Fault,
  FaultCallback,
  FirestoreFaults,
  FaultRule,
  SeededFaults,
} from './firestore/fault/fault.ts'
export type {
  FieldOverride,
  IndexDefinition,
  IndexDefinitions,
  IndexField,
} from './firestore/index/definitions.ts'
