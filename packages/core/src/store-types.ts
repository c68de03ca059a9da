import type { Capabilities } from './capabilities.ts'
import type { CallOptions, Driver, SchemaStep } from './driver.ts'
import type { Entity, EntityTypes } from './entity.ts'
import type { HoldfastError } from './error.ts'
import type { ActorDefinition, ActorShape, Policy } from './policy.ts'
import type { Repository, TransactionRepository, UnrestrictedRepository } from './repository.ts'
import type { Environment, RetryPolicy } from './retry.ts'
import type { AuditSink, TracingHook } from './telemetry.ts'
import type { TransactionOptions } from './transaction.ts'

/** Entities of a store, by the name of their repository. */
export type Entities = Readonly<Record<string, Entity<never>>>

type TypesOf<E> = E extends { readonly '~types'?: infer T } ? Extract<T, EntityTypes> : never

/** One repository per entity. */
export type Repositories<E> = { readonly [N in keyof E]: Repository<TypesOf<E[N]>> }

/** What the function of a transaction receives. */
export type Transaction<E> = { readonly [N in keyof E]: TransactionRepository<TypesOf<E[N]>> }

/** What can be done in one atomic commit. */
export interface Transactional<E> {
  /**
   * Runs `fn`, then commits what it wrote as one atomic write that fails if any record it read has
   * changed, and runs `fn` again after a conflict: it must be pure. Serialisable for the keys touched;
   * 100 records, 1.5 MiB, and one partition of one group unless `capabilities.transactions` is `'store'`.
   * @throws `ABORTED` when conflicts outlast `retries`; whatever `fn` throws, with nothing written.
   */
  transaction<T>(fn: (tx: Transaction<E>) => Promise<T>, options?: TransactionOptions): Promise<T>
}

/** A store as one actor sees it. */
export type ScopedStore<E> = Repositories<E> & Transactional<E>

/** A store without policies. */
export type UnrestrictedStore<E> = {
  readonly [N in keyof E]: UnrestrictedRepository<TypesOf<E[N]>>
} & Transactional<E>

/** Where records live: one adapter, or several with a route per entity. */
export type Backends<E> =
  | { readonly adapter: Driver; readonly adapters?: never; readonly route?: never }
  | {
      readonly adapter?: never
      readonly adapters: Readonly<Record<string, Driver>>
      /** Name of the adapter per entity; `default` for the others. */
      readonly route: { readonly [N in keyof E | 'default']?: string }
    }

/** What `createStore` takes. */
export type StoreConfig<E, A extends ActorShape> = Backends<E> & {
  readonly entities: E
  /** One per entity; an entity without a policy is closed. */
  readonly policies?: readonly Policy[]
  readonly actor: ActorDefinition<A>
  /** Secret that seals cursors, shared by all processes that exchange them. Default: random, for this process. */
  readonly cursorSecret?: string
  /** One event per decision on writes, per denial, and per use of `unrestricted`. */
  readonly audit?: AuditSink
  /** A `diagnostics_channel.tracingChannel(…)`, or anything of its shape. */
  readonly telemetry?: TracingHook
  readonly retry?: RetryPolicy
  /** `'always'` checks records against their schema also when read. Default `'writes'`. */
  readonly verify?: 'writes' | 'always'
  /** Time, chance and waiting, for tests. */
  readonly clock?: Partial<Environment>
}

/** Result of `health`, per back end. */
export interface Health {
  readonly ok: boolean
  readonly milliseconds: number
  readonly error?: HoldfastError
}

/** What a store was made from, as data. */
export interface Declared {
  /** By repository name. */
  readonly entities: Readonly<Record<string, Entity>>
  readonly policies: readonly Policy[]
  readonly actor: ActorDefinition
}

/** Declared entities on one or more back ends. Made by `createStore`; keep one per process. */
export interface Store<E, A extends ActorShape> extends AsyncDisposable {
  /** What the store was made from, for tools that explain, check and test it. */
  readonly declared: Declared
  /** What every back end promises: the least of each. */
  readonly capabilities: Capabilities
  /**
   * The store as this actor sees it. Validates the actor and keeps a frozen copy. With `coalesce`,
   * concurrent `get`s of one tick are sent as one. @throws `INVALID`
   */
  as(actor: A, options?: { readonly coalesce?: boolean }): ScopedStore<E>
  /** The store without policies. The reason is required, and every call is audited. @throws `INVALID` */
  unrestricted(reason: string): UnrestrictedStore<E>
  /** Creates or extends tables and indexes. For development and tests. @throws `MISCONFIGURED` when something does not fit. */
  ensureSchema(options?: CallOptions): Promise<readonly SchemaStep[]>
  /** One cheap read per back end. Never throws. */
  health(options?: CallOptions): Promise<Readonly<Record<string, Health>>>
  /** Physically removes expired records, which are hidden already, where `capabilities.physicalExpiry` is `'sweeper'`. Returns how many. */
  sweepExpired(options?: CallOptions & { readonly limit?: number }): Promise<number>
  /**
   * The vendor's client, which no policy binds; by back end name when there are several. The reason is
   * required, and audited. @throws `INVALID`
   */
  native(reason: string, backend?: string): unknown
  /** Closes what the adapters opened. Idempotent. */
  close(): Promise<void>
}
