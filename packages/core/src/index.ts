export { createStore } from './store.ts'
export type {
  Backends,
  Declared,
  Entities,
  Health,
  Repositories,
  ScopedStore,
  Store,
  StoreConfig,
  Transaction,
  Transactional,
  UnrestrictedStore,
} from './store-types.ts'
export { defineEntity } from './entity.ts'
export type { Entity, EntityConfig, EntityTypes, IndexConfig } from './entity.ts'
export { defineActor, definePolicy } from './policy.ts'
export type {
  ActorDefinition,
  ActorShape,
  AllowDraft,
  AllowOptions,
  DenyDraft,
  DenyOn,
  Operation,
  Policy,
  PolicyDraft,
  PolicyTools,
  RoleSet,
  Rule,
  Rules,
} from './policy.ts'
export {
  and,
  between,
  exists,
  gt,
  gte,
  has,
  isNull,
  lt,
  lte,
  not,
  oneOf,
  or,
  startsWith,
} from './where.ts'
export type {
  Combined,
  Condition,
  FieldConditions,
  ListOperator,
  Operator,
  Reference,
  TextOperator,
  Where,
} from './where.ts'
export { append, increment, remove } from './patch-operators.ts'
export type { PatchOperator } from './patch-operators.ts'
export { Decimal } from './decimal.ts'
export { HoldfastError, isHoldfastError } from './error.ts'
export type { ErrorCode, ErrorDetail, Outcome } from './error.ts'
export type {
  Change,
  InputOf,
  KeyOf,
  Page,
  PatchOf,
  Query,
  ReadOptions,
  Repository,
  Row,
  Selected,
  Selection,
  TransactionRepository,
  UnrestrictedRepository,
  WriteConditions,
} from './repository.ts'
export type { BulkResult } from './bulk.ts'
export type { ChangeCounts } from './change-where.ts'
export type { Explanation } from './plan.ts'
export type { Capabilities } from './capabilities.ts'
export type { AuditEvent, AuditSink, TraceContext, TracingHook } from './telemetry.ts'
export type { Environment, RetryPolicy } from './retry.ts'
export type { TransactionOptions } from './transaction.ts'
export type { StandardSchema, InferInput, InferOutput } from './schema.ts'
export type { Driver, CallOptions, Scalar, SchemaStep } from './driver.ts'
export type { EntityModel, FieldModel, IndexModel, Kind } from './shape.ts'
