import {
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

/** Records with indexes that have ties, nulls and missing fields. */
export const Ranked = defineEntity('ranked', {
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
export const Vault = defineEntity('vault', {
  schema: z.object({ tenantId: z.string(), vaultId: z.string(), text: z.string().optional() }),
  key: { partition: ['tenantId'], sort: ['vaultId'] },
})

/** The entities of this file by name. */
export const QUERY_ENTITIES = { ranked: Ranked, papers: Paper, vaults: Vault }

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
export const member = defineActor(actorSchema)

/** What `store.as` takes in the policy cases. */
export type Member = z.infer<typeof actorSchema>

/** The secret of all stores of these suites; cursors move between them. */
export const CURSOR_SECRET = 'the cursor secret of the query suites'

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
