export { startFirestore } from './firestore/start.ts'
export type { FirestoreEmulator, FirestoreOptions } from './firestore/options.ts'
export type {
  ErrorCode,
  Fault,
  FaultCallback,
  FaultPlan,
  FaultRule,
  SeededFaults,
} from './firestore/fault/fault.ts'
export type {
  FieldOverride,
  IndexDefinition,
  IndexDefinitions,
  IndexField,
} from './firestore/index/definitions.ts'
