import {
  createStore,
  type Decimal,
  defineActor,
  defineEntity,
  definePolicy,
  type Driver,
  type Entity,
  type EntityTypes,
  type Environment,
  type Policy,
  type RetryPolicy,
} from '@holdfast/core'
import { z } from 'zod'
import type { Context } from './case.ts'

// Schemas that accept anything, so that what is refused is refused by core and not by zod.
const loose = <T>() => z.custom<T>(() => true).nullish()

const anyKind = {
  text: loose<string>(),
  whole: loose<number>(),
  real: loose<number>(),
  big: loose<bigint>(),
  money: loose<Decimal>(),
  flag: loose<boolean>(),
  at: loose<Date>(),
  raw: loose<Uint8Array>(),
}

const scalarKinds = {
  text: 'string',
  whole: 'integer',
  real: 'number',
  big: 'bigint',
  money: 'decimal',
  flag: 'boolean',
  at: 'date',
  raw: 'bytes',
} as const

/** The order of the manual: a tenant's records with a sensitive field, a version and an index. */
const Order = defineEntity('order', {
  schema: z.object({
    tenantId: z.string(),
    orderId: z.string(),
    customerId: z.string(),
    status: z.enum(['open', 'paid', 'shipped', 'cancelled']).default('open'),
    total: z.number(),
    margin: z.number().optional(),
    placedAt: z.date(),
    revision: z.string(),
  }),
  key: { partition: ['tenantId'], sort: ['orderId'] },
  indexes: { byStatus: { partition: ['tenantId', 'status'], sort: ['placedAt'] } },
  version: 'revision',
  sensitive: ['margin'],
})

/** Every storage kind, each optional and nullable, and no index that limits a value's size. */
const Everything = defineEntity('everything', {
  schema: z.object({
    place: z.string(),
    id: z.string(),
    ...anyKind,
    list: loose<readonly unknown[]>(),
    doc: loose<Readonly<Record<string, unknown>>>(),
    any: loose<unknown>(),
  }),
  fields: { ...scalarKinds, list: 'array', doc: 'object', any: 'json' },
  key: { partition: ['place'], sort: ['id'] },
})

/** Every scalar kind as the sort field of an index. */
const Sorted = defineEntity('sorted', {
  schema: z.object({ place: z.string(), id: z.string(), ...anyKind }),
  fields: scalarKinds,
  key: { partition: ['place'], sort: ['id'] },
  indexes: {
    byText: { partition: ['place'], sort: ['text'] },
    byWhole: { partition: ['place'], sort: ['whole'] },
    byReal: { partition: ['place'], sort: ['real'] },
    byBig: { partition: ['place'], sort: ['big'] },
    byMoney: { partition: ['place'], sort: ['money'] },
    byFlag: { partition: ['place'], sort: ['flag'] },
    byAt: { partition: ['place'], sort: ['at'] },
    byRaw: { partition: ['place'], sort: ['raw'] },
  },
})

/** Numbers to add to, a list to append to, and a version. */
const Counter = defineEntity('counter', {
  schema: z.object({
    place: z.string(),
    id: z.string(),
    count: z.int().nullish(),
    big: z.bigint().nullish(),
    label: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    needed: z.string().default('needed'),
    revision: z.string(),
  }),
  key: { partition: ['place'], sort: ['id'] },
  indexes: { byCount: { partition: ['place'], sort: ['count'] } },
  version: 'revision',
})

/** Records that disappear at an instant. */
const Session = defineEntity('session', {
  schema: z.object({
    place: z.string(),
    id: z.string(),
    holder: z.string(),
    seen: z.int().optional(),
    endsAt: z.date().nullish(),
  }),
  key: { partition: ['place'], sort: ['id'] },
  indexes: { byHolder: { partition: ['place', 'holder'], sort: ['id'] } },
  expiresAt: 'endsAt',
})

/** At most one account per address within a tenant. */
const Account = defineEntity('account', {
  schema: z.object({
    tenantId: z.string(),
    accountId: z.string(),
    address: z.string().nullish(),
    name: z.string().optional(),
  }),
  key: { partition: ['tenantId'], sort: ['accountId'] },
  indexes: { byAddress: { partition: ['tenantId'], sort: ['address'], unique: true } },
})

/** A key of numbers, dates and bytes. */
const Reading = defineEntity('reading', {
  schema: z.object({
    sensor: z.int(),
    at: z.date(),
    level: z.number(),
    mark: z.instanceof(Uint8Array),
    note: z.string().optional(),
  }),
  fields: { mark: 'bytes' },
  key: { partition: ['sensor'], sort: ['at', 'level', 'mark'] },
})

/** A key of the remaining kinds: bigint, decimal and boolean. */
const Entry = defineEntity('entry', {
  schema: z.object({
    book: z.bigint(),
    amount: z.custom<Decimal>(() => true),
    isOpen: z.boolean(),
    serial: z.bigint(),
    note: z.string().optional(),
  }),
  fields: { amount: 'decimal' },
  key: { partition: ['book'], sort: ['amount', 'isOpen', 'serial'] },
})

/** A key of two partition and two sort parts, all text. */
const Part = defineEntity('part', {
  schema: z.object({
    region: z.string(),
    shelf: z.string(),
    box: z.string(),
    slot: z.string(),
    note: z.string().optional(),
  }),
  key: { partition: ['region', 'shelf'], sort: ['box', 'slot'] },
})

/** A key of one part. */
const Word = defineEntity('word', {
  schema: z.object({ word: z.string(), meaning: z.string().optional() }),
  key: { partition: ['word'] },
})

/** Shares physical placement with `File`. */
const Folder = defineEntity('folder', {
  schema: z.object({ tenantId: z.string(), folderId: z.string(), files: z.int().default(0) }),
  key: { partition: ['tenantId'], sort: ['folderId'] },
  group: 'drive',
})

/** Shares physical placement with `Folder`. */
export const File = defineEntity('file', {
  schema: z.object({
    tenantId: z.string(),
    folderId: z.string(),
    name: z.string(),
    size: z.int().optional(),
  }),
  key: { partition: ['tenantId'], sort: ['folderId', 'name'] },
  group: 'drive',
})

/** Every entity of the suites by its repository's name. The frame makes their tables once per run. */
export const entities = {
  orders: Order,
  everything: Everything,
  sorted: Sorted,
  counters: Counter,
  sessions: Session,
  accounts: Account,
  readings: Reading,
  entries: Entry,
  parts: Part,
  words: Word,
  folders: Folder,
  files: File,
}

/** The actor of the suites: may do everything. */
const anyActor = defineActor(z.object({ id: z.string(), roles: z.array(z.enum(['all'])) }))

/** A policy that lets every actor do everything, sensitive fields included. */
const allowAll = <T extends EntityTypes>(entity: Entity<T>): Policy =>
  definePolicy(entity, anyActor, ({ allow }) => ({
    read: [allow('*', undefined, { reveal: entity.model.sensitive as readonly T['sensitive'][] })],
    create: [allow('*', undefined, { fields: 'all' })],
    update: [allow('*', undefined, { fields: 'all' })],
    delete: [allow('*')],
  }))

const policies: readonly Policy[] = Object.values(entities).map((entity) =>
  allowAll(entity as unknown as Entity),
)

/** Time as a case sees it: the real time until it is set, then standing still. */
export interface Clock extends Environment {
  /** Sets the time, in milliseconds since 1970. */
  set(milliseconds: number): void
  /** Moves the time on from where it is. */
  advance(milliseconds: number): void
}

const LONGEST_PAUSE = 40

/** A clock that a case can move. Pauses between retries are real, and short. */
export const virtualClock = (): Clock => {
  let frozen: number | undefined
  const now = (): number => frozen ?? Date.now()
  return {
    now,
    random: () => Math.random(),
    sleep: (milliseconds) =>
      new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, LONGEST_PAUSE))),
    set: (milliseconds) => {
      frozen = milliseconds
    },
    advance: (milliseconds) => {
      frozen = now() + milliseconds
    },
  }
}

/** Options of `openStore`. */
export interface OpenOptions {
  /** Default: the driver that all cases share. */
  readonly driver?: Driver
  readonly clock?: Clock
  readonly retry?: RetryPolicy
}

/**
 * A store over all fixture entities: `db` for an actor who may do everything, `free` without policies,
 * `clock` to move time. Their tables exist already.
 */
export const openStore = (context: Pick<Context, 'driver'>, options: OpenOptions = {}) => {
  const clock = options.clock ?? virtualClock()
  const store = createStore({
    adapter: options.driver ?? context.driver,
    entities,
    policies,
    actor: anyActor,
    clock,
    cursorSecret: 'a secret of the contract kit, 32 bytes',
    ...(options.retry === undefined ? {} : { retry: options.retry }),
  })
  return {
    store,
    clock,
    db: store.as({ id: 'anyone', roles: ['all'] }),
    free: store.unrestricted('contract kit'),
  }
}

/** What `openStore` returns. */
export type Opened = ReturnType<typeof openStore>
