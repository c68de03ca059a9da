import type { Access } from './authorize.ts'
import { orderFields } from './driver-helpers.ts'
import type { Driver, Range, Scalar } from './driver.ts'
import { HoldfastError, invalid } from './error.ts'
import { allOf, conjuncts, describeFilter, isAlways, leavesOf } from './filter-algebra.ts'
import { compareScalars, type Filter, type Leaf } from './filter.ts'
import type { EntityModel, IndexModel } from './shape.ts'
import { isOfKind } from './where.ts'

/** How a query will be answered. */
export interface Plan {
  readonly index: IndexModel | undefined
  /** `undefined`: a scan. */
  readonly partition: readonly Scalar[] | undefined
  readonly prefix: readonly Scalar[]
  readonly range: Range | undefined
  /** What the store evaluates. */
  readonly pushed: Filter
  /** What core evaluates of the query on every record returned; `undefined` when nothing is left. */
  readonly residual: Filter | undefined
  /** The same of the policy. Core checks the rules of every record anyway. */
  readonly unpushedRules: Filter | undefined
  /** The sensitive fields that the query reads: a record must reveal them. */
  readonly sensitive: readonly string[]
  /** The fields that order the result. */
  readonly order: readonly string[]
}

/** What a plan is made from. */
export interface PlanInput {
  readonly driver: Driver
  readonly model: EntityModel
  readonly access: Access
  readonly where: Filter
  /** Hides expired records; `undefined` for entities that do not expire. */
  readonly alive: Filter | undefined
  readonly index: string | undefined
  readonly scan: boolean
}

/** The conditions that must hold and that an access path can use, per field. */
type Terms = ReadonlyMap<string, readonly ComparisonLeaf[]>

type ComparisonLeaf = Leaf & { readonly value: unknown }

const RANGE_BOUNDS: readonly string[] = ['gt', 'gte', 'lt', 'lte', 'startsWith']

const termsOf = (model: EntityModel, filters: readonly Filter[]): Terms => {
  const terms = new Map<string, ComparisonLeaf[]>()
  for (const leaf of filters) {
    if (!('field' in leaf) || !('value' in leaf) || leaf.op === 'has') continue
    const kind = model.fields[leaf.field]?.kind
    if (kind === undefined || !isOfKind(kind, leaf.value)) continue
    const known = terms.get(leaf.field)
    if (known === undefined) terms.set(leaf.field, [leaf])
    else known.push(leaf)
  }
  return terms
}

interface Path extends Pick<Plan, 'index' | 'partition' | 'prefix' | 'range'> {
  readonly used: ReadonlySet<Filter>
  readonly score: number
}

const pathAlong = (
  model: EntityModel,
  index: IndexModel | undefined,
  terms: Terms,
): Path | undefined => {
  const { partition, sort } = index ?? model.key
  const used = new Set<Filter>()
  /** The value that a field must equal; the policy and the caller may both say so. */
  const equalTo = (field: string): Scalar | undefined => {
    const equal = terms.get(field)?.filter(({ op }) => op === 'eq') ?? []
    const value = equal[0]?.value as Scalar | undefined
    for (const leaf of equal) if (compareScalars(leaf.value, value) === 0) used.add(leaf)
    return value
  }
  const values: Scalar[] = []
  for (const field of partition) {
    const value = equalTo(field)
    if (value === undefined) return undefined
    values.push(value)
  }
  const prefix: Scalar[] = []
  let next: string | undefined
  for (const field of sort) {
    next = field
    const value = equalTo(field)
    if (value === undefined) break
    prefix.push(value)
    next = undefined
  }
  const bounds = terms.get(next ?? '') ?? []
  const range: Record<string, Scalar> = {}
  const take = (...ops: readonly string[]): boolean => {
    const leaf = bounds.find(({ op }) => ops.includes(op))
    if (leaf === undefined) return false
    range[leaf.op] = leaf.value as Scalar
    used.add(leaf)
    return true
  }
  const isRanged = take('startsWith') || [take('gt', 'gte'), take('lt', 'lte')].includes(true)
  return {
    index,
    partition: values,
    prefix,
    range: isRanged ? range : undefined,
    used,
    score: (values.length + prefix.length) * 2 + (isRanged ? 1 : 0),
  }
}

const list = (fields: readonly string[]): string => fields.map((field) => `'${field}'`).join(', ')

/** @throws `INVALID` saying which index would serve the query. */
const refuse = (
  model: EntityModel,
  terms: Terms,
  index: string | undefined,
  partial: IndexModel | undefined,
): never => {
  if (partial !== undefined)
    throw invalid(
      `Only index ${partial.name} of ${model.name} serves this query, and it leaves out records that lack one of its fields or hide it: name it with index: '${partial.name}', or pass scan: true.`,
      model.name,
    )
  const having = (...ops: readonly string[]): string[] =>
    [...terms]
      .filter(([, leaves]) => leaves.some(({ op }) => ops.includes(op)))
      .map(([field]) => field)
  const partition = having('eq')
  const sort = having(...RANGE_BOUNDS).slice(0, 1)
  const advice =
    partition.length === 0
      ? 'give equality on every partition field of the key or of an index'
      : `declare an index { partition: [${list(partition)}]${sort.length === 0 ? '' : `, sort: [${list(sort)}]`} }`
  const subject =
    index === undefined
      ? `No key or index of ${model.name} serves`
      : `Index ${index} of ${model.name} does not serve`
  throw invalid(`${subject} this query: ${advice}, or pass scan: true.`, model.name)
}

/** Stores differ in how many alternatives they take; more than these are left to core everywhere. */
const MOST_ALTERNATIVES = 30

const canPush = (driver: Driver, model: EntityModel, filter: Filter): boolean =>
  !(filter.op === 'or' && filter.of.length > MOST_ALTERNATIVES) &&
  leavesOf(filter).every((leaf) => {
    const kind = model.fields[leaf.field]?.kind
    if (kind === undefined) return false
    const values: unknown = 'value' in leaf ? [leaf.value] : 'values' in leaf ? leaf.values : []
    const isExact =
      leaf.op === 'has' || (Array.isArray(values) && values.every((value) => isOfKind(kind, value)))
    return isExact && driver.pushes(model, leaf)
  })

/** Splits what must hold into what the store evaluates exactly and what core does. */
export const splitFilter = (
  driver: Driver,
  model: EntityModel,
  filter: Filter,
): { readonly pushed: Filter; readonly residual: Filter | undefined } => {
  const pushed: Filter[] = []
  const residual: Filter[] = []
  for (const one of conjuncts(filter)) (canPush(driver, model, one) ? pushed : residual).push(one)
  return { pushed: allOf(pushed), residual: residual.length === 0 ? undefined : allOf(residual) }
}

/** @throws `FORBIDDEN` when a field is sensitive and no rule of the actor ever reveals it. */
export const sensitiveIn = (
  model: EntityModel,
  access: Access,
  fields: Iterable<string>,
): readonly string[] => {
  if (model.sensitive.length === 0 || access.isUnrestricted) return []
  const used = [...new Set(fields)].filter((field) => model.sensitive.includes(field))
  for (const field of used)
    if (!access.mayReveal(field))
      throw new HoldfastError(
        'FORBIDDEN',
        `No rule of this actor reveals ${model.name}.${field}, so it cannot be filtered or ordered by, incremented or appended to.`,
        { entity: model.name, field },
      )
  return used
}

const indexFields = (index: IndexModel | undefined): readonly string[] =>
  index === undefined ? [] : [...index.partition, ...index.sort]

const namedIndex = (model: EntityModel, name: string): IndexModel => {
  const index = Object.hasOwn(model.indexes, name) ? model.indexes[name] : undefined
  if (index === undefined) throw invalid(`${model.name} has no index ${name}.`, model.name)
  return index
}

/**
 * Chooses the key or index that serves a query and splits its filter. The same on every store: what
 * no key or index serves is refused, unless a scan is asked for.
 * @throws `INVALID` naming the index to declare. @throws `FORBIDDEN` for hidden sensitive fields.
 */
export const planQuery = ({
  driver,
  model,
  access,
  where,
  alive,
  index,
  scan,
}: PlanInput): Plan => {
  const asked = leavesOf(where).map(({ field }) => field)
  const named = index === undefined ? undefined : namedIndex(model, index)
  const sensitive = sensitiveIn(model, access, [...asked, ...indexFields(named)])
  const queried = [...conjuncts(where), ...(alive === undefined ? [] : [alive])]
  const governed = conjuncts(access.readFilter(sensitive))
  const required = [...queried, ...governed]
  const terms = termsOf(model, required)
  const present = new Set(required.map((one) => ('field' in one ? one.field : undefined)))
  // An index that nobody named must not change the result: no record may be missing from it, or be
  // left out because it is ordered by what the actor does not see.
  const isComplete = (one: IndexModel): boolean =>
    indexFields(one).every(
      (field) =>
        (present.has(field) || model.fields[field]?.optional === false) &&
        (access.isUnrestricted || asked.includes(field) || !model.sensitive.includes(field)),
    )
  const paths = (named === undefined ? [undefined, ...Object.values(model.indexes)] : [named])
    .map((candidate) => pathAlong(model, candidate, terms))
    .filter((path) => path !== undefined)
  let best: Path | undefined
  for (const path of paths)
    if (named !== undefined || path.index === undefined || isComplete(path.index))
      if (best === undefined || path.score > best.score) best = path
  if (best === undefined && !scan) return refuse(model, terms, index, paths[0]?.index)
  const split = (conditions: readonly Filter[]): ReturnType<typeof splitFilter> =>
    splitFilter(driver, model, allOf(conditions.filter((one) => best?.used.has(one) !== true)))
  const [query, rules] = [split(queried), split(governed)]
  return {
    index: best?.index,
    partition: best?.partition,
    prefix: best?.prefix ?? [],
    range: best?.range,
    pushed: allOf([query.pushed, rules.pushed]),
    residual: query.residual,
    unpushedRules: rules.residual,
    sensitive,
    order: orderFields(model, best?.index, best === undefined),
  }
}

/** What `explain` returns. Names fields and operators, never values. */
export interface Explanation {
  readonly access: 'key' | 'index' | 'scan' | 'refused'
  /** Name of the index used. */
  readonly index?: string
  /** Conditions that choose where to read, such as `tenantId = ?`. */
  readonly path?: string
  /** What the store evaluates. */
  readonly pushed?: string
  /** What core evaluates on the records returned. */
  readonly residual?: string
  /** The fields that order the result. */
  readonly order?: readonly string[]
  /** Why the query is refused, and what would serve it. */
  readonly refused?: string
}

/** Whether the store answers the query alone: what it counts needs no second look. */
export const isPushed = ({ residual, unpushedRules }: Plan): boolean =>
  residual === undefined && unpushedRules === undefined

/** A plan in words. */
export const describePlan = (model: EntityModel, plan: Plan): Explanation => {
  const { partition, sort } = plan.index ?? model.key
  const residual = [plan.residual, plan.unpushedRules].filter((one) => one !== undefined)
  const bounds = Object.keys(plan.range ?? {}).map(
    (op): Filter => ({ op, field: sort[plan.prefix.length] ?? '', value: '' }) as Filter,
  )
  const equal = [...partition, ...sort.slice(0, plan.prefix.length)].map((field): Filter => ({
    op: 'eq',
    field,
    value: '',
  }))
  return {
    access: plan.partition === undefined ? 'scan' : plan.index === undefined ? 'key' : 'index',
    ...(plan.index === undefined ? {} : { index: plan.index.name }),
    ...(plan.partition === undefined ? {} : { path: describeFilter(allOf([...equal, ...bounds])) }),
    ...(isAlways(plan.pushed) ? {} : { pushed: describeFilter(plan.pushed) }),
    ...(isPushed(plan) ? {} : { residual: describeFilter(allOf(residual)) }),
    order: plan.order,
  }
}
