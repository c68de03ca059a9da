/** The shop with one mistake each. */
import { type ErrorCode, HoldfastError, isHoldfastError, type Policy } from '@holdfast/core'
import { broken, DEFECTS, type Defect } from './defects.ts'
import { type Actor, fixtures, open, orderPolicy, sessionPolicy, type Shop } from './shop.ts'

/** The declared rules stay in sight, and the store keeps others: what a mistake in core would do. */
const keeping = (...kept: readonly Policy[]): Shop => {
  const names = new Set(kept.map(({ entity }) => entity.name))
  const declared = [orderPolicy, sessionPolicy]
  const others = declared.filter(({ entity }) => !names.has(entity.name))
  return { ...open({ policies: [...kept, ...others] }), declared: open().declared }
}

type RuleChange = (rule: Policy['rules']['read'][number]) => Partial<typeof rule>

/** A policy with some of its rules changed or, where the change is `undefined`, left out. */
const changed = (
  policy: Policy,
  operation: keyof Policy['rules'],
  change: (...args: Parameters<RuleChange>) => ReturnType<RuleChange> | undefined,
): Policy => ({
  ...policy,
  rules: {
    ...policy.rules,
    [operation]: policy.rules[operation].flatMap((rule) => {
      const changes = change(rule)
      return changes === undefined ? [] : [{ ...rule, ...changes }]
    }),
  },
})

const ALWAYS = { op: 'const', value: true } as const

type Call = (...args: readonly never[]) => unknown

/** A call of a repository, not yet made. */
interface Asked {
  readonly method: string
  readonly call: () => unknown
  readonly args: readonly never[]
  readonly repository: object
}

/** A store whose repositories answer through `defect`, for actors only. */
const answering = (defect: (asked: Asked) => unknown): Shop => {
  const store = open()
  const repository = (inner: object): object =>
    new Proxy(inner, {
      get: (target, method) => {
        const member: unknown = Reflect.get(target, method)
        return typeof member !== 'function'
          ? member
          : (...args: readonly never[]) =>
              defect({
                method: String(method),
                call: () => Reflect.apply(member, target, args) as unknown,
                args,
                repository: target,
              })
      },
    })
  const scope = (inner: object): never =>
    new Proxy(inner, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'object' && member !== null ? repository(member) : member
      },
    }) as never
  return { ...store, as: (...args) => scope(store.as(...args)) }
}

/** A store where one method meets refusals of one code in its own way. */
const mending = (
  method: string,
  code: ErrorCode,
  mend: (args: readonly never[], repository: object) => unknown,
): Shop =>
  answering(({ method: name, call, args, repository }) => {
    if (name !== method) return call()
    return Promise.resolve(call()).catch((error: unknown) => {
      if (isHoldfastError(error) && error.code === code) return mend(args, repository)
      throw error
    })
  })

const again = (repository: object, method: string, query: object): unknown =>
  Reflect.apply(Reflect.get(repository, method) as Call, repository, [query])

const refuse = (code: ErrorCode, message: string, cause?: unknown): never => {
  throw new HoldfastError(code, message, { cause })
}

const onDriver = (defect: Defect | undefined): Shop => {
  if (defect === undefined) throw new Error('There is no such defect.')
  return open({ driver: broken(defect) })
}

/** What somebody could get wrong in core, in an adapter, or between declaring rules and using them. */
export const MISTAKES: Readonly<Record<string, () => Shop>> = {
  'a driver that drops conditions of writes': () => onDriver(DEFECTS['ignores conditions']),
  'a driver that drops conditions of deletes': () =>
    onDriver(DEFECTS['ignores conditions of deletes']),
  'a driver that overwrites on create': () => onDriver(DEFECTS['overwrites on create']),
  'a driver that creates on patch': () => onDriver(DEFECTS['creates on patch']),
  'a driver that ignores filters': () =>
    onDriver((inner) => ({
      query: (request, options) => inner.query({ ...request, filter: undefined }, options),
    })),
  'a driver that ignores filters of counts': () =>
    onDriver((inner) => ({
      query: (request, options) =>
        inner.query(request.count ? { ...request, filter: undefined } : request, options),
    })),
  'a driver that loses records in indexes': () =>
    onDriver((inner) => ({
      query: async (request, options) => {
        const page = await inner.query(request, options)
        return request.index === undefined ? page : { ...page, records: page.records.slice(1) }
      },
    })),
  'a read rule without its condition': () =>
    keeping(changed(orderPolicy, 'read', () => ({ when: ALWAYS }))),
  'a read rule that is forgotten': () =>
    keeping(
      changed(orderPolicy, 'read', ({ roles }) => (roles.includes('clerk') ? undefined : {})),
    ),
  'a read rule that reveals more': () =>
    keeping(changed(orderPolicy, 'read', () => ({ reveal: ['margin'] }))),
  'a read rule that reveals nothing': () =>
    keeping(changed(sessionPolicy, 'read', () => ({ reveal: [] }))),
  'a read deny that never fires': () =>
    keeping(changed(sessionPolicy, 'read', ({ effect }) => (effect === 'deny' ? undefined : {}))),
  'a create rule without its condition': () =>
    keeping(changed(orderPolicy, 'create', () => ({ when: ALWAYS, check: ALWAYS }))),
  'a create rule without its list of fields': () =>
    keeping(changed(orderPolicy, 'create', () => ({ fields: 'all' }))),
  'an update rule without its list of fields': () =>
    keeping(changed(orderPolicy, 'update', () => ({ fields: 'all' }))),
  'an update rule without its check': () =>
    keeping(changed(sessionPolicy, 'update', () => ({ check: ALWAYS }))),
  'an update rule that asks the new record only': () =>
    keeping(
      changed(orderPolicy, 'update', ({ effect }) => (effect === 'allow' ? { when: ALWAYS } : {})),
    ),
  'an update deny that never fires': () =>
    keeping(changed(orderPolicy, 'update', ({ effect }) => (effect === 'deny' ? undefined : {}))),
  'an update deny that looks at the wrong state': () =>
    keeping(changed(orderPolicy, 'update', () => ({ on: 'new' }))),
  'a delete rule without its condition': () =>
    keeping(changed(sessionPolicy, 'delete', () => ({ when: ALWAYS }))),
  'a missing attribute that falls back to a tenant': () => {
    const store = open()
    const filled = (given: Actor): Actor => ({ ...given, tenantId: given.tenantId ?? 'acme' })
    return { ...store, as: (given, options) => store.as(filled(given), options) }
  },
  'a get that says NOT_FOUND of what is missing': () =>
    answering(({ method, call }) =>
      method === 'get'
        ? Promise.resolve(call()).then((answer) => answer ?? refuse('NOT_FOUND', 'There is none.'))
        : call(),
    ),
  'an update that is FORBIDDEN on hidden records': () =>
    mending('update', 'NOT_FOUND', ([key]) => {
      const { orderId } = key as unknown as { readonly orderId?: string }
      return fixtures.records.orders.some((one) => one.orderId === orderId)
        ? refuse('FORBIDDEN', 'It is there, but not for you.')
        : refuse('NOT_FOUND', 'There is no such record.')
    }),
  'a filter on a sensitive field that is dropped': () =>
    mending('find', 'FORBIDDEN', (_, repository) => again(repository, 'find', { scan: true })),
  'a hostile filter that is ignored': () =>
    mending('count', 'INVALID', (_, repository) => again(repository, 'count', { scan: true })),
  'a hostile patch that is dropped': () => mending('update', 'INVALID', () => ({})),
  'a cursor that fits everybody': () =>
    mending('find', 'INVALID', ([query], repository) => {
      const { cursor, ...rest } = query as unknown as { readonly cursor?: string }
      return cursor === undefined
        ? refuse('INVALID', 'This query is not valid.')
        : again(repository, 'find', rest)
    }),
  'an actor that is not copied': () => {
    const store = open()
    return {
      ...store,
      as: (given, options) =>
        new Proxy(store.as(given, options), {
          // Bound anew at every call, to whatever the object says by then.
          get: (_, name) => Reflect.get(store.as(given, options), name) as never,
        }),
    }
  },
  'an error that quotes the record': () =>
    mending('delete', 'VERSION_CONFLICT', () =>
      refuse('VERSION_CONFLICT', 'It is other than you think.', { stored: { margin: 918_273 } }),
    ),
}
