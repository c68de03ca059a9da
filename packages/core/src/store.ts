import { bindAccess, UNRESTRICTED, validateActor, type Access } from './authorize.ts'
import { leastCapabilities, type Capabilities } from './capabilities.ts'
import { createCursorCodec, type CursorCodec } from './cursor.ts'
import type { CallOptions, Driver, SchemaStep, SweepingDriver } from './driver.ts'
import { keyFields } from './driver-helpers.ts'
import type { Entity, EntityTypes } from './entity.ts'
import { HoldfastError, invalid } from './error.ts'
import type { ActorDefinition, ActorShape, Policy } from './policy.ts'
import type { Repository, TransactionRepository, UnrestrictedRepository } from './repository.ts'
import {
  DEFAULT_RETRY,
  REAL,
  RETRY_TOKENS,
  toError,
  type Environment,
  type RetryPolicy,
  type Runtime,
} from './retry.ts'
import { ScopedRepository } from './scoped-repository.ts'
import type { Scope } from './scope.ts'
import type { Kind } from './shape.ts'
import type { AuditSink, TracingHook } from './telemetry.ts'
import { runTransaction, type TransactionOptions } from './transaction.ts'
import { attemptRead, VersionClock } from './write-guard.ts'

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

/** Declared entities on one or more back ends. Made by `createStore`; keep one per process. */
export interface Store<E, A extends ActorShape> extends AsyncDisposable {
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
  /** The vendor's client, by back end name when there are several. */
  native(backend?: string): unknown
  /** Closes what the adapters opened. Idempotent. */
  close(): Promise<void>
}

interface Bound {
  readonly entity: Entity
  readonly runtime: Runtime
  readonly policy: Policy | undefined
}

const PROBES: Partial<Record<Kind, unknown>> = {
  string: '-',
  bigint: 0n,
  boolean: false,
  bytes: new Uint8Array(1),
  date: new Date(0),
}
const SWEEP_LIMIT = 1000

const entries = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record)

const canonical = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    entries(value as Record<string, unknown>)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, canonical(one)]),
  )
}

const bindEntities = (
  entities: Readonly<Record<string, Entity>>,
  policies: readonly Policy[],
  runtimeOf: (name: string) => Runtime,
): Map<string, Bound> => {
  const bound = new Map<string, Bound>()
  const models = new Set<string>()
  const unclaimed = new Set(policies)
  for (const [name, entity] of entries(entities)) {
    if (name === 'transaction')
      throw invalid('No repository can be named transaction; rename it in entities.')
    if (models.has(entity.model.name))
      throw invalid(
        `Two entities are named ${entity.model.name}; names must differ within a store.`,
      )
    models.add(entity.model.name)
    const own = policies.filter((policy) => policy.entity === entity.model)
    if (own.length > 1)
      throw invalid(`${entity.model.name} has ${own.length} policies; declare one.`, {
        entity: entity.model.name,
      })
    for (const policy of own) unclaimed.delete(policy)
    bound.set(name, { entity, policy: own[0], runtime: runtimeOf(name) })
  }
  for (const { entity } of unclaimed)
    throw invalid(
      `There is a policy for ${entity.name}, which is not among the entities of this store.`,
      { entity: entity.name },
    )
  return bound
}

/**
 * Puts declared entities on an adapter. Opens no connection before the first call.
 *
 * @throws `INVALID` for policies of other entities, two policies of one entity, or a route to no adapter.
 */
export const createStore = <
  const E extends Readonly<Record<string, Entity<never> | Entity>>,
  A extends ActorShape,
>(
  config: StoreConfig<E, A>,
): Store<E, A> => {
  const environment: Environment = { ...REAL, ...config.clock }
  const drivers: Readonly<Record<string, Driver>> = config.adapters ?? {
    default: config.adapter as Driver,
  }
  const retry = { ...DEFAULT_RETRY, ...config.retry }
  const versions = new VersionClock(
    () => environment.now(),
    () => environment.random(),
  )
  const runtimes = new Map(
    entries(drivers).map(([name, driver]): [string, Runtime] => [
      name,
      { driver, environment, versions, retry, budget: { tokens: RETRY_TOKENS } },
    ]),
  )
  const route: Readonly<Record<string, string | undefined>> = config.route ?? {}
  const bound = bindEntities(
    config.entities as unknown as Readonly<Record<string, Entity>>,
    config.policies ?? [],
    (name) => {
      const runtime = runtimes.get(route[name] ?? route['default'] ?? 'default')
      if (runtime === undefined)
        throw invalid(
          `Entity ${name} is routed to no adapter; name one of ${[...runtimes.keys()].join(', ')} in route.`,
        )
      return runtime
    },
  )
  const cursors: CursorCodec = createCursorCodec(config.cursorSecret)

  const scopeOf = (
    { entity, runtime }: Bound,
    access: Access,
    actorId: string,
    actorText: () => string,
  ): Scope => ({
    entity,
    model: entity.model,
    access,
    runtime,
    cursors,
    verify: config.verify === 'always',
    actorId,
    actorText,
    audit: config.audit,
    telemetry: config.telemetry,
  })

  /** Repositories and transactions over lazily bound scopes. */
  const facade = (
    accessOf: (one: Bound) => Access,
    actorId: string,
    actorText: () => string,
    coalesce: boolean,
  ): object => {
    const scopes: Record<string, () => Scope> = {}
    const target = {
      transaction: (fn: never, options: TransactionOptions = {}) =>
        runTransaction(scopes, fn, options),
    }
    for (const [name, one] of bound) {
      let scope: Scope | undefined
      let repository: ScopedRepository | undefined
      const lazily = (): Scope => (scope ??= scopeOf(one, accessOf(one), actorId, actorText))
      scopes[name] = lazily
      Object.defineProperty(target, name, {
        enumerable: true,
        get: () => (repository ??= new ScopedRepository(lazily(), coalesce)),
      })
    }
    return Object.freeze(target)
  }

  const modelsOn = (runtime: Runtime): Bound[] =>
    [...bound.values()].filter((one) => one.runtime === runtime)

  const probe = async (runtime: Runtime, options: CallOptions): Promise<Health> => {
    const started = environment.now()
    const model = modelsOn(runtime)[0]?.entity.model
    try {
      const key =
        model === undefined
          ? []
          : keyFields(model).map((name) => PROBES[model.fields[name]?.kind ?? 'string'] ?? 0)
      if (model !== undefined) await runtime.driver.get(model, [key as never], options)
      return { ok: true, milliseconds: environment.now() - started }
    } catch (error) {
      return {
        ok: false,
        milliseconds: environment.now() - started,
        error: toError(runtime.driver, error, model?.name),
      }
    }
  }

  const sweepOn = async (
    runtime: Runtime,
    limit: number,
    options: CallOptions,
  ): Promise<number> => {
    const driver = runtime.driver as SweepingDriver
    if (driver.capabilities.physicalExpiry !== 'sweeper') return 0
    let swept = 0
    for (const { entity } of modelsOn(runtime))
      if (entity.model.expiresAt !== undefined && swept < limit)
        swept += await attemptRead(runtime, entity.model.name, options, () =>
          driver.sweep(entity.model, new Date(environment.now()), limit - swept, options),
        )
    return swept
  }

  const store: Store<E, A> = {
    capabilities: leastCapabilities(entries(drivers).map(([, driver]) => driver.capabilities)),
    as: (actor, options = {}) => {
      const copy = validateActor(config.actor.schema, actor)
      const { id } = copy as { readonly id?: unknown }
      let text: string | undefined
      const actorText = (): string => (text ??= JSON.stringify(canonical(copy)))
      return facade(
        (one) => bindAccess(one.policy, one.entity.model, copy),
        String(id ?? ''),
        actorText,
        options.coalesce ?? false,
      ) as ScopedStore<E>
    },
    unrestricted: (reason) => {
      if (typeof reason !== 'string' || reason.trim() === '')
        throw invalid('unrestricted() needs a reason, which audit records.', { field: 'reason' })
      return facade(
        () => UNRESTRICTED,
        `unrestricted: ${reason}`,
        () => 'unrestricted',
        false,
      ) as UnrestrictedStore<E>
    },
    ensureSchema: async (options = {}) => {
      const steps: SchemaStep[] = []
      for (const runtime of runtimes.values()) {
        const models = modelsOn(runtime).map(({ entity }) => entity.model)
        steps.push(
          ...(await attemptRead(runtime, runtime.driver.name, options, () =>
            runtime.driver.schema.apply(models, options),
          )),
        )
      }
      return steps
    },
    health: async (options = {}) =>
      Object.fromEntries(
        await Promise.all(
          [...runtimes].map(
            async ([name, runtime]) => [name, await probe(runtime, options)] as const,
          ),
        ),
      ),
    sweepExpired: async ({ limit = SWEEP_LIMIT, ...options } = {}) => {
      let swept = 0
      for (const runtime of runtimes.values())
        swept += await sweepOn(runtime, limit - swept, options)
      return swept
    },
    native: (backend) => {
      const name = backend ?? (runtimes.size === 1 ? [...runtimes.keys()][0] : undefined)
      const runtime = runtimes.get(name ?? '')
      if (runtime === undefined)
        throw invalid(`Name the back end: one of ${[...runtimes.keys()].join(', ')}.`)
      return runtime.driver.native()
    },
    close: async () => {
      await Promise.all([...runtimes.values()].map(({ driver }) => driver.close()))
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
  return store
}
