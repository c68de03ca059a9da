import { actorUsesOf, canonical, validateActor } from './actor.ts'
import { type Access, bindAccess, UNRESTRICTED } from './authorize.ts'
import { leastCapabilities } from './capabilities.ts'
import { createCursorCodec } from './cursor.ts'
import { Decimal } from './decimal.ts'
import { keyFields } from './driver-helpers.ts'
import type { CallOptions, Driver, SchemaStep, SweepingDriver } from './driver.ts'
import type { Entity } from './entity.ts'
import { HoldfastError, invalid } from './error.ts'
import { createFacade } from './facade.ts'
import { attemptRead, toError } from './failure.ts'
import { type ActorShape, closedPolicy, type Policy } from './policy.ts'
import { DEFAULT_RETRY, type Environment, REAL, RETRY_TOKENS, type Runtime } from './retry.ts'
import { type Scope } from './scope.ts'
import type { Kind } from './shape.ts'
import type {
  Declared,
  Health,
  ScopedStore,
  Store,
  StoreConfig,
  UnrestrictedStore,
} from './store-types.ts'
import { VersionClock } from './version.ts'

interface Bound {
  readonly entity: Entity
  readonly runtime: Runtime
  readonly policy: Policy
}

const PROBES: Partial<Record<Kind, unknown>> = {
  string: '-',
  bigint: 0n,
  boolean: false,
  bytes: new Uint8Array(1),
  decimal: Decimal.from(0),
  date: new Date(0),
}
const SWEEP_LIMIT = 1000

const requireReason = (method: string, reason: unknown): void => {
  if (typeof reason !== 'string' || reason.trim() === '')
    throw invalid(`${method}() needs a reason, which audit records.`, undefined, 'reason')
}

const entries = <T>(record: Readonly<Record<string, T>>): [string, T][] => Object.entries(record)

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
      throw invalid(
        `${entity.model.name} has ${own.length} policies; declare one.`,
        entity.model.name,
      )
    for (const policy of own) unclaimed.delete(policy)
    const runtime = runtimeOf(name)
    const unique = Object.values(entity.model.indexes).find((index) => index.unique)
    if (unique !== undefined && runtime.driver.capabilities.uniqueIndexes === 'none')
      throw new HoldfastError(
        'UNSUPPORTED',
        `${runtime.driver.name} has no unique indexes (capability uniqueIndexes); index ${unique.name} of ${entity.model.name} cannot be unique there.`,
        { entity: entity.model.name },
      )
    bound.set(name, { entity, policy: own[0] ?? closedPolicy(entity.model), runtime })
  }
  for (const { entity } of unclaimed)
    throw invalid(
      `There is a policy for ${entity.name}, which is not among the entities of this store.`,
      entity.name,
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
  const declared: Declared = {
    entities: config.entities as unknown as Declared['entities'],
    policies: config.policies ?? [],
    actor: config.actor,
  }
  const bound = bindEntities(declared.entities, declared.policies, (name) => {
    const runtime = runtimes.get(route[name] ?? route['default'] ?? 'default')
    if (runtime === undefined)
      throw invalid(
        `Entity ${name} is routed to no adapter; name one of ${[...runtimes.keys()].join(', ')} in route.`,
      )
    return runtime
  })
  const cursors = createCursorCodec(config.cursorSecret)
  const actorUses = actorUsesOf(declared.policies)

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

  const facade = createFacade([...bound.keys()])

  const named = (name: string): Bound => bound.get(name) as Bound

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
    declared,
    capabilities: leastCapabilities(entries(drivers).map(([, driver]) => driver.capabilities)),
    as: (actor, options = {}) => {
      const copy = validateActor(config.actor.schema, actor, actorUses)
      const { id } = copy as { readonly id?: string }
      let text: string | undefined
      const actorText = (): string => (text ??= JSON.stringify(canonical(copy)))
      const scope = (one: Bound): Scope =>
        scopeOf(one, bindAccess(one.policy, copy), id ?? '', actorText)
      return facade((name) => scope(named(name)), options.coalesce ?? false) as ScopedStore<E>
    },
    unrestricted: (reason) => {
      requireReason('unrestricted', reason)
      const scope = (one: Bound): Scope =>
        scopeOf(one, UNRESTRICTED, `unrestricted: ${reason}`, () => 'unrestricted')
      return facade((name) => scope(named(name)), false) as UnrestrictedStore<E>
    },
    ensureSchema: async (options = {}) => {
      const steps: SchemaStep[] = []
      for (const runtime of runtimes.values()) {
        const models = modelsOn(runtime).map(({ entity }) => entity.model)
        steps.push(
          ...(await attemptRead(runtime, undefined, options, () =>
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
    native: (reason, backend) => {
      requireReason('native', reason)
      const name = backend ?? (runtimes.size === 1 ? [...runtimes.keys()][0] : undefined)
      const runtime = runtimes.get(name ?? '')
      if (runtime === undefined)
        throw invalid(`Name the back end: one of ${[...runtimes.keys()].join(', ')}.`)
      config.audit?.({
        actor: `unrestricted: ${reason}`,
        entity: '*',
        operation: 'native',
        key: undefined,
        rule: undefined,
        outcome: 'allowed',
      })
      return runtime.driver.native()
    },
    close: async () => {
      await Promise.all([...runtimes.values()].map(({ driver }) => driver.close()))
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
  return store
}
