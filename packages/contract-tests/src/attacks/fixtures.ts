import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import {
  type AuditEvent,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  type Driver,
  type EntityModel,
  isHoldfastError,
  type PolicyDraft,
  type PolicyTools,
  type TraceContext,
} from '@holdfast/core'
import { z } from 'zod'
import type { Context } from '../case.ts'
import { QUERY_MODELS } from '../query-fixtures.ts'

/** A text that stands only where the attacker may not look. */
export const CANARY = 'canary-9f2'

/** A number that stands only where the attacker may not look. */
export const NUMBER = 918_273_645

/** Records with sensitive fields of every kind that a patch can change relatively. */
const Dossier = defineEntity('dossier', {
  schema: z.object({
    tenantId: z.string(),
    dossierId: z.string(),
    ownerId: z.string().nullish(),
    title: z.string().optional(),
    seats: z.int().nullish(),
    teams: z.array(z.string()).nullish(),
    balance: z.int().nullish(),
    notes: z.array(z.string()).nullish(),
    left: z.string().nullish(),
    right: z.string().nullish(),
    'left,right': z.string().nullish(),
  }),
  key: { partition: ['tenantId'], sort: ['dossierId'] },
  sensitive: ['balance', 'notes', 'left', 'right', 'left,right'],
})

/** The models of the attack suites. */
export const ATTACK_MODELS: readonly EntityModel[] = [...QUERY_MODELS, Dossier.model]

/** The actor of `openDossiers`: its schema lets everything through, so that core must look. */
export interface Person {
  readonly id: string
  readonly roles: readonly string[]
  readonly tenantId?: string | null | undefined
  readonly teams?: readonly string[] | null | undefined
  readonly limit?: number | null | undefined
}

const person = defineActor(z.custom<Person>(() => true))

type DossierTypes = NonNullable<(typeof Dossier)['~types']>

/** Declares the rules of `Dossier` for one case. */
export type DossierRules = (
  tools: PolicyTools<DossierTypes['row'], Person, DossierTypes['sensitive']>,
) => PolicyDraft

/** A store over `Dossier` under the rules given, with what audit and traces were told. */
export const openDossiers = (
  context: Pick<Context, 'driver' | 'unique'>,
  declare: DossierRules,
) => {
  const events: AuditEvent[] = []
  const traces: TraceContext[] = []
  const store = createStore({
    adapter: context.driver,
    entities: { dossiers: Dossier },
    policies: [definePolicy(Dossier, person, declare)],
    actor: person,
    cursorSecret: 'the cursor secret of the attack suites',
    audit: (event) => void events.push(event),
    telemetry: {
      hasSubscribers: true,
      tracePromise: (run, trace) => {
        traces.push(trace)
        return run()
      },
    },
  })
  const as = (id: string, roles: readonly string[], attributes: object = {}) =>
    store.as({ id, roles, tenantId: context.unique, ...attributes })
  const free = store.unrestricted('contract kit').dossiers
  return { store, events, traces, as, free, where: { tenantId: context.unique } }
}

/** A legal record of `Dossier` in the case's own tenant. */
export const dossier = (
  { unique }: Pick<Context, 'unique'>,
  dossierId: string,
  fields: object = {},
) => ({ tenantId: unique, dossierId, ...fields })

/** A driver that tells which calls reached it, some of them answered by the attack. */
export interface Watched {
  readonly driver: Driver
  /** `get`, `query` and `write` as they came. */
  readonly calls: string[]
}

/** Wraps a driver; `changed` replaces some members. */
export const watched = (
  inner: Driver,
  changed: Partial<Pick<Driver, 'get' | 'query' | 'write' | 'pushes' | 'classify'>> = {},
): Watched => {
  const calls: string[] = []
  const members: Partial<Driver> = {
    ...changed,
    get: (...args) => {
      calls.push('get')
      return changed.get === undefined ? inner.get(...args) : changed.get(...args)
    },
    query: (...args) => {
      calls.push('query')
      return changed.query === undefined ? inner.query(...args) : changed.query(...args)
    },
    write: (...args) => {
      calls.push('write')
      return changed.write === undefined ? inner.write(...args) : changed.write(...args)
    },
  }
  const driver = new Proxy(inner, {
    get: (target, name) => {
      const own: unknown = Reflect.get(members, name)
      const member: unknown = own ?? Reflect.get(target, name)
      return typeof member === 'function' && own === undefined ? member.bind(target) : member
    },
  })
  return { driver, calls }
}

/** A driver that pushes nothing down, so that core decides on every record itself. */
export const unpushed = (inner: Driver): Driver => watched(inner, { pushes: () => false }).driver

const isFrame = (line: string): boolean =>
  /^\s+at (.*:\d+:\d+\)?|async Promise\.\w+ \(index \d+\))/.test(line)

/** All that an error tells but where it was thrown, with these keys made alike. */
export const outline = (error: unknown, ...keys: readonly string[]): unknown => {
  assert.ok(isHoldfastError(error), 'a Holdfast error')
  const { code, message, field, rule, entity, write, retryable, outcome, cursor } = error
  const text = inspect(error, { depth: 12, showHidden: true })
    .split('\n')
    .filter((line) => !isFrame(line) && !/^\s+\[stack\]/.test(line))
    .join('\n')
  const told = [code, message, field, rule, entity, write, retryable, outcome, cursor, text]
  return told.map((one) =>
    typeof one === 'string'
      ? keys.reduce((result, key) => result.replaceAll(key, '<key>'), one)
      : one,
  )
}

/** Every form in which something may say a value: as JSON, as a debugger shows it, and decoded. */
const formsOf = (thing: unknown): readonly string[] => [
  inspect(thing, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }),
  JSON.stringify(thing, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ??
    '',
  ...(typeof thing === 'string'
    ? (['base64url', 'hex', 'latin1', 'utf16le'] as const).map((encoding) =>
        Buffer.from(thing, encoding).toString('latin1'),
      )
    : []),
]

/** Nothing here, cause chains included, says one of the secrets in any form. */
export const saysNothing = (
  things: readonly unknown[],
  secrets: readonly string[] = [CANARY, String(NUMBER)],
): void => {
  assert.ok(things.length > 0, 'there is something to look at')
  for (const thing of things)
    for (const form of formsOf(thing))
      for (const secret of secrets)
        assert.ok(!form.includes(secret), `${secret} must not be told: ${form.slice(0, 500)}`)
}

/** What a call answers or throws, whichever it does. */
export const outcomeOf = async (call: () => unknown): Promise<unknown> => {
  try {
    return await call()
  } catch (error) {
    return error
  }
}

/** None of the objects has a member of any of these names, own or inherited. */
export const lackMembers = (objects: readonly object[], names: readonly string[]): void => {
  for (const one of objects)
    for (const name of names) assert.equal(Reflect.get(one, name), undefined, `there is no ${name}`)
}

/** The methods that take a filter. */
export interface Asked {
  find(query: never): Promise<unknown>
  count(query: never): Promise<unknown>
  each(query: never): AsyncIterable<unknown>
  explain(query: never): { readonly access: string }
  updateWhere(query: never, patch: never): Promise<unknown>
  deleteWhere(query: never): Promise<unknown>
}

/** Every call that takes a filter, with this query. */
export const askings = (
  repository: Asked,
  query: object,
): readonly (readonly [string, () => Promise<unknown>])[] => [
  ['find', () => repository.find(query as never)],
  ['count', () => repository.count(query as never)],
  [
    'each',
    () =>
      repository
        .each(query as never)
        [Symbol.asyncIterator]()
        .next(),
  ],
  ['updateWhere', () => repository.updateWhere(query as never, { title: 'x' } as never)],
  ['deleteWhere', () => repository.deleteWhere(query as never)],
]
