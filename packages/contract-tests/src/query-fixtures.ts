import {
  and,
  type AuditEvent,
  createStore,
  defineActor,
  defineEntity,
  definePolicy,
  type Driver,
  type EntityModel,
  type PolicyDraft,
  type PolicyTools,
} from '@holdfast/core'
import { z } from 'zod'
import type { Context } from './case.ts'
import { same } from './expect.ts'
import { openStore } from './fixtures.ts'

/** Records with indexes that have ties, nulls and missing fields. */
const Ranked = defineEntity('ranked', {
  schema: z.object({
    place: z.string(),
    id: z.string(),
    kind: z.string(),
    rank: z.int().nullish(),
    label: z.string().nullish(),
    at: z.date().nullish(),
    score: z.number().nullish(),
    tags: z.array(z.string()).nullish(),
  }),
  key: { partition: ['place'], sort: ['id'] },
  indexes: {
    byRank: { partition: ['place'], sort: ['rank'] },
    byKind: { partition: ['place', 'kind'], sort: ['label', 'rank'] },
    byAt: { partition: ['place', 'kind'], sort: ['at'] },
  },
})

/** Records of a tenant with an owner, a list and two sensitive fields, for policies. */
export const Paper = defineEntity('paper', {
  schema: z.object({
    tenantId: z.string(),
    paperId: z.string(),
    ownerId: z.string().nullish(),
    status: z.string().default('draft'),
    title: z.string().optional(),
    pages: z.int().nullish(),
    readers: z.array(z.string()).nullish(),
    fee: z.number().nullish(),
    secret: z.string().nullish(),
    revision: z.string(),
  }),
  key: { partition: ['tenantId'], sort: ['paperId'] },
  indexes: {
    byStatus: { partition: ['tenantId', 'status'], sort: ['pages'] },
    byOwner: { partition: ['tenantId', 'ownerId'], sort: ['paperId'] },
    byFee: { partition: ['tenantId'], sort: ['fee'] },
  },
  version: 'revision',
  sensitive: ['fee', 'secret'],
})

/** An entity without sensitive fields whose policy is left out. */
const Vault = defineEntity('vault', {
  schema: z.object({ tenantId: z.string(), vaultId: z.string(), text: z.string().optional() }),
  key: { partition: ['tenantId'], sort: ['vaultId'] },
})

/** The entities of this file by name. */
const QUERY_ENTITIES = { ranked: Ranked, papers: Paper, vaults: Vault }

/** Their models, for the frame. */
export const QUERY_MODELS: readonly EntityModel[] = Object.values(QUERY_ENTITIES).map(
  ({ model }) => model,
)

const actorSchema = z.object({
  id: z.string(),
  tenantId: z.string().nullish(),
  teams: z.array(z.string()).nullish(),
  limit: z.number().nullish(),
  roles: z.array(z.enum(['reader', 'writer', 'finance', 'admin'])),
})

/** The actor of the policy cases. */
const member = defineActor(actorSchema)

/** What `store.as` takes in the policy cases. */
export type Member = z.infer<typeof actorSchema>

/** The secret of all stores of these suites; cursors move between them. */
const CURSOR_SECRET = 'the cursor secret of the query suites'

/** A store over `Ranked` without policies, on the shared driver or another one. */
export const openRanked = (
  context: Pick<Context, 'driver'>,
  options: { readonly driver?: Driver; readonly secret?: string } = {},
) => {
  const store = createStore({
    adapter: options.driver ?? context.driver,
    entities: { ranked: Ranked },
    policies: [
      definePolicy(Ranked, member, ({ allow }) => ({
        read: [allow('*')],
        create: [allow('*')],
        update: [allow('*')],
        delete: [allow('*')],
      })),
    ],
    actor: member,
    cursorSecret: options.secret ?? CURSOR_SECRET,
  })
  return {
    store,
    as: (id: string) => store.as({ id, roles: ['admin'] }).ranked,
    db: store.as({ id: 'anyone', roles: ['admin'] }).ranked,
    free: store.unrestricted('contract kit').ranked,
  }
}

type PaperTypes = NonNullable<(typeof Paper)['~types']>

/** Declares the rules of `Paper` for one case. */
export type DeclareRules = (
  tools: PolicyTools<PaperTypes['row'], Member, PaperTypes['sensitive']>,
) => PolicyDraft

/** A store over `Paper` under the rules given, with what audit was told. `Vault` has no policy. */
export const openPapers = (context: Pick<Context, 'driver' | 'unique'>, declare: DeclareRules) => {
  const events: AuditEvent[] = []
  const store = createStore({
    adapter: context.driver,
    entities: { papers: Paper, vaults: Vault },
    policies: [definePolicy(Paper, member, declare)],
    actor: member,
    cursorSecret: CURSOR_SECRET,
    audit: (event) => void events.push(event),
  })
  const as = (id: string, roles: Member['roles'], attributes: Partial<Member> = {}) =>
    store.as({ id, roles, tenantId: context.unique, ...attributes })
  return { store, events, as, free: store.unrestricted('contract kit').papers }
}

/** A legal record of `Paper` in the case's own tenant. */
export const paper = (context: Pick<Context, 'unique'>, paperId: string, fields: object = {}) => ({
  tenantId: context.unique,
  paperId,
  ...fields,
})

type Where = Readonly<Record<string, unknown>>

/** Writes records of `everything`: `v0`, `v1`, … with these fields, and returns how to ask for ids. */
export const storedRecords = async (context: Context, rows: readonly Where[]) => {
  const { db } = openStore(context)
  const place = context.unique
  const made = rows.map((fields, at) => ({
    place,
    id: `v${String(at).padStart(2, '0')}`,
    ...fields,
  }))
  for (const result of await db.everything.createMany(made as never))
    if (!result.ok) throw result.error
  return async (filter: unknown): Promise<string> => {
    const where = and<never>({ place } as never, filter as never) as never
    const { items } = await db.everything.find({ where, limit: 1000 })
    const counted = await db.everything.count({ where })
    same(counted, items.length, 'count must agree with find')
    return items.map(({ id }) => String(Number(id.slice(1)))).join(' ')
  }
}

/** Runs each attempt; none may change what is stored. */
export const untouched = async (
  context: Context,
  run: (opened: ReturnType<typeof openStore>, key: { place: string; id: string }) => Promise<void>,
) => {
  const opened = openStore(context)
  const key = { place: context.unique, id: 'kept' }
  await opened.db.counters.create({ ...key, count: 1 })
  await opened.db.everything.create({ ...key, whole: 1 })
  const look = async () => [
    await opened.db.counters.get(key),
    await opened.db.everything.get(key),
    await opened.db.counters.count({ where: { place: context.unique } }),
    await opened.db.everything.count({ where: { place: context.unique } }),
  ]
  const before = await look()
  await run(opened, key)
  same(await look(), before, 'nothing may be written')
}
