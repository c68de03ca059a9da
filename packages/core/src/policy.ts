import type { Entity, EntityTypes } from './entity.ts'
import { invalid } from './error.ts'
import { ALWAYS } from './filter-algebra.ts'
import type { Filter } from './filter.ts'
import type { StandardSchema } from './schema.ts'
import type { EntityModel } from './shape.ts'
import { parseWhere, reference, type Reference, type Where } from './where.ts'

/** Who is asking: a declared shape with the roles held. Made by `defineActor`. */
export interface ActorDefinition<A extends ActorShape = ActorShape> {
  readonly schema: StandardSchema
  readonly '~type'?: A
}

/** The least an actor must have. */
export interface ActorShape {
  readonly roles: readonly string[]
}

/** Declares the actor. The schema must validate synchronously; `roles` lists the roles held. */
export const defineActor = <A extends ActorShape>(
  schema: StandardSchema<unknown, A>,
): ActorDefinition<A> => ({ schema })

/** What a rule is about. */
export type Operation = 'read' | 'create' | 'update' | 'delete'

/** On which state of an updated record a deny looks. */
export type DenyOn = 'old' | 'new' | 'both'

/** A rule as data: bound, pushed down, explained and translated from this alone. */
export interface Rule {
  readonly effect: 'allow' | 'deny'
  readonly id: string
  /** `'*'` stands for every role. */
  readonly roles: readonly string[]
  readonly when: Filter
  /** For allow: what the new record of a create or update must be. */
  readonly check: Filter
  /** For allow: fields a write may carry. `undefined`: all but sensitive ones. */
  readonly fields: readonly string[] | 'all' | undefined
  /** For allow on read: sensitive fields shown on the records granted. */
  readonly reveal: readonly string[]
  readonly on: DenyOn
}

/** Rules per operation. An operation without rules is closed. */
export type Rules = Readonly<Record<Operation, readonly Rule[]>>

/** A declared policy. Made by `definePolicy`. */
export interface Policy {
  readonly entity: EntityModel
  readonly rules: Rules
}

/** The policy of an entity that has none: nobody may do anything. */
export const closedPolicy = (entity: EntityModel): Policy => ({
  entity,
  rules: { read: [], create: [], update: [], delete: [] },
})

/** Options of `allow`. */
export interface AllowOptions<Row, Sensitive extends string> {
  /** Condition on the new record of a create or update. Default: `when`. */
  readonly check?: Where<Row>
  /** Fields a write under this rule may carry. Default: all but sensitive ones. */
  readonly fields?: readonly (keyof Row & string)[] | 'all'
  /** Sensitive fields shown on the records that this read rule grants. */
  readonly reveal?: readonly Sensitive[]
  /** Name for errors and audit. Default: entity, operation and position. */
  readonly id?: string
}

/** An allow rule under construction. */
export interface AllowDraft {
  readonly effect: 'allow'
}

/** A deny rule under construction. `On` records whether it says which state it looks at. */
export interface DenyDraft<On extends DenyOn | undefined = DenyOn | undefined> {
  readonly effect: 'deny'
  readonly on: On
}

/** What the callback of `definePolicy` receives. */
export interface PolicyTools<Row, A extends ActorShape, Sensitive extends string> {
  /** Attributes of the actor, symbolically. */
  readonly me: { readonly [K in keyof A]-?: Reference<NonNullable<A[K]>> }
  /** Grants to a role, a list of roles or `'*'`, on the records for which `when` is *true*. */
  readonly allow: (
    roles: RoleSet<A>,
    when?: Where<Row>,
    options?: AllowOptions<Row, Sensitive>,
  ) => AllowDraft
  /** Refuses on the records for which `when` is *true or unknown*, whatever any other rule allows. */
  readonly deny: Deny<Row, A>
}

/** The function `deny` of a policy. On update it must say which state of the record it looks at. */
export interface Deny<Row, A extends ActorShape> {
  (roles: RoleSet<A>, when?: Where<Row>, options?: { readonly id?: string }): DenyDraft<undefined>
  <const On extends DenyOn>(
    roles: RoleSet<A>,
    when: Where<Row>,
    options: { readonly on: On; readonly id?: string },
  ): DenyDraft<On>
}

/** A role of the actor, several, or all. */
export type RoleSet<A extends ActorShape> = A['roles'][number] | '*' | readonly A['roles'][number][]

/** What the callback of `definePolicy` returns. A deny on update must say which state it looks at. */
export interface PolicyDraft {
  readonly read?: readonly (AllowDraft | DenyDraft)[]
  readonly create?: readonly (AllowDraft | DenyDraft)[]
  readonly update?: readonly (AllowDraft | DenyDraft<DenyOn>)[]
  readonly delete?: readonly (AllowDraft | DenyDraft)[]
}

interface Draft {
  readonly effect: 'allow' | 'deny'
  readonly roles: string | readonly string[]
  readonly when: unknown
  readonly check?: unknown
  readonly fields?: readonly string[] | 'all'
  readonly reveal?: readonly string[]
  readonly on?: DenyOn
  readonly id?: string
}

const OPERATIONS: readonly string[] = ['read', 'create', 'update', 'delete']

/** On which operations an option of a rule says something. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  id: OPERATIONS,
  check: ['create', 'update'],
  fields: ['create', 'update'],
  reveal: ['read'],
  on: OPERATIONS,
}

/** Refuses what would be ignored: a rule that does less than it says is a hole. */
const checkDraft = (draft: Draft, operation: Operation, fail: (rule: string) => never): void => {
  const { effect, on } = draft
  const names = [draft.roles].flat()
  if (names.length === 0 || names.some((role) => typeof role !== 'string'))
    fail(`must name a role, a list of roles or '*'.`)
  for (const [name, value] of Object.entries(draft)) {
    if (value === undefined || ['effect', 'roles', 'when'].includes(name)) continue
    const isOfDeny = name === 'on' || name === 'id'
    if (!Object.hasOwn(OPTIONS, name) || (effect === 'deny' ? !isOfDeny : name === 'on'))
      fail(`has an option ${name}, which ${effect} does not know.`)
    if (OPTIONS[name]?.includes(operation) !== true)
      fail(`has an option ${name}, which means nothing for ${operation}.`)
  }
  if (effect === 'deny' && operation === 'update' && on === undefined)
    fail(`must say on which state of the record it looks: { on: 'old' | 'new' | 'both' }.`)
  if (on !== undefined && !['old', 'new', 'both'].includes(on))
    fail(`must look at 'old', 'new' or 'both'.`)
}

const compileRule = (
  entity: EntityModel,
  operation: Operation,
  draft: Draft,
  position: number,
): Rule => {
  const id = draft.id ?? `${entity.name}.${operation}.${position}`
  const fail = (rule: string, field?: string): never => {
    throw invalid(`Policy rule ${id} ${rule}`, entity.name, field)
  }
  checkDraft(draft, operation, fail)
  const parse = (where: unknown): Filter =>
    where === undefined ? ALWAYS : parseWhere(entity, where, true)
  const { fields, reveal = [] } = draft
  for (const field of [...(Array.isArray(fields) ? (fields as string[]) : []), ...reveal])
    if (!Object.hasOwn(entity.fields, field))
      fail(`names ${field}, which is not a field of ${entity.name}.`, field)
  for (const field of reveal)
    if (!entity.sensitive.includes(field)) fail(`reveals ${field}, which is not sensitive.`, field)
  const when = parse(draft.when)
  return {
    effect: draft.effect,
    id,
    roles: typeof draft.roles === 'string' ? [draft.roles] : [...draft.roles],
    when,
    check: draft.check === undefined ? when : parse(draft.check),
    fields,
    reveal,
    // Only an update has two states; elsewhere a deny looks at the one there is, whatever it says.
    on: operation === 'create' ? 'new' : ((operation === 'update' ? draft.on : undefined) ?? 'old'),
  }
}

/**
 * Declares who may do what with an entity's records. Everything not allowed is denied, and a deny
 * wins over every allow; the order of rules changes nothing.
 *
 * @throws `INVALID` naming the rule, for unknown fields, illegal filters, options that mean nothing for
 * the operation, no role, or a deny on update that does not say which state it looks at.
 */
export const definePolicy = <T extends EntityTypes, A extends ActorShape>(
  entity: Entity<T>,
  _actor: ActorDefinition<A>,
  declare: (tools: PolicyTools<T['row'], A, T['sensitive']>) => PolicyDraft,
): Policy => {
  const me = new Proxy({}, { get: (_, name) => reference(String(name)) })
  const tools = {
    me,
    allow: (roles: string, when: unknown, options: object = {}): Draft => ({
      ...options,
      effect: 'allow',
      roles,
      when,
    }),
    deny: (roles: string, when: unknown, options: object = {}): Draft => ({
      ...options,
      effect: 'deny',
      roles,
      when,
    }),
  }
  const drafts = declare(
    tools as unknown as PolicyTools<T['row'], A, T['sensitive']>,
  ) as unknown as Record<Operation, readonly Draft[] | undefined>
  for (const name of Object.keys(drafts))
    if (!OPERATIONS.includes(name))
      throw invalid(
        `The policy of ${entity.model.name} names ${name}; operations are ${OPERATIONS.join(', ')}.`,
        entity.model.name,
      )
  const compile = (operation: Operation): readonly Rule[] =>
    (drafts[operation] ?? []).map((draft, position) =>
      compileRule(entity.model, operation, draft, position),
    )
  return {
    entity: entity.model,
    rules: {
      read: compile('read'),
      create: compile('create'),
      update: compile('update'),
      delete: compile('delete'),
    },
  }
}
