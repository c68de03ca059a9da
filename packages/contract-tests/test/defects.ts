import type { Driver } from '@holdfast/core'
import {
  evaluate,
  type Filter,
  type GetOptions,
  type Key,
  keyOf,
  orderFields,
  positionOf,
  type QueryPage,
  type QueryRequest,
  type StoredRecord,
  type Write,
  type WriteOptions,
  type WriteResult,
} from '@holdfast/core/driver'
import { memory } from '@holdfast/core/memory'

type Memory = ReturnType<typeof memory>
type Fields = Record<string, unknown>

/** Makes a copy of the reference driver in which some members are broken. */
export type Defect = (inner: Memory) => Partial<Memory>

/** The reference driver with one defect. */
export const broken = (defect: Defect): Driver => {
  const inner = memory()
  return { ...inner, ...defect(inner) }
}

/** Breaks every write before it reaches the store. */
const sending =
  (change: (write: Write) => Write): Defect =>
  (inner) => ({ write: (writes, options) => inner.write(writes.map(change), options) })

/** Breaks the results of writes. */
const answering =
  (change: (result: WriteResult, write: Write) => WriteResult): Defect =>
  (inner) => ({
    write: async (writes, options) => {
      const results = await inner.write(writes, options)
      return results.map((result, at) => change(result, writes[at] as Write))
    },
  })

/** Breaks every record that is read. */
const reading =
  (change: (value: Fields, entity: QueryRequest['entity']) => Fields): Defect =>
  (inner) => ({
    get: async (entity, keys, options) =>
      (await inner.get(entity, keys, options)).map((one) =>
        one === undefined ? undefined : { ...one, value: change(one.value, entity) },
      ),
    query: async (request, options) => {
      const page = await inner.query(request, options)
      const fix = (one: StoredRecord) => ({ ...one, value: change(one.value, request.entity) })
      return { ...page, records: page.records.map(fix) }
    },
  })

/** Breaks every query before it reaches the store. */
const asking =
  (change: (request: QueryRequest) => QueryRequest): Defect =>
  (inner) => ({ query: (request, options) => inner.query(change(request), options) })

/** Answers a query from all records of its path, so that order and paging can be broken. */
const paging =
  (
    select: (all: readonly StoredRecord[], request: QueryRequest) => readonly StoredRecord[],
  ): Defect =>
  (inner) => ({
    query: async (request, options): Promise<QueryPage> => {
      // A turn of the event loop, so that an endless loop can be stopped.
      await new Promise((resolve) => setImmediate(resolve))
      if (request.count) return inner.query(request, options)
      const every = { ...request, after: undefined, limit: 1_000_000 }
      const selected = select((await inner.query(every, options)).records, request)
      const records = selected.slice(0, request.limit)
      const last = records.at(-1)
      const { entity, index, partition } = request
      const order = orderFields(entity, index, partition === undefined)
      return selected.length > records.length && last !== undefined
        ? { records, next: positionOf(order, last.value) }
        : { records }
    },
  })

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Position in a list of the record where a page ended. */
const endOf = (all: readonly StoredRecord[], request: QueryRequest): number => {
  const { entity, index, partition, after } = request
  const order = orderFields(entity, index, partition === undefined)
  return after === undefined
    ? -1
    : all.findIndex(({ value }) => sameText(positionOf(order, value), after))
}

const mapValues = (value: Fields, change: (one: unknown) => unknown): Fields =>
  Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one)]))

const isSet = (value: unknown): boolean => value !== null && value !== undefined

/** Two-valued logic: a comparison with null or missing is false, and its negation true. */
const twoValued = (filter: Filter, value: Fields): boolean => {
  if (filter.op === 'and') return filter.of.every((one) => twoValued(one, value))
  if (filter.op === 'or') return filter.of.some((one) => twoValued(one, value))
  if (filter.op === 'not') return !twoValued(filter.of, value)
  return evaluate(filter, value) === true
}

const filtering =
  (test: (filter: Filter, value: Fields) => boolean): Defect =>
  (inner) => ({
    query: async (request, options) => {
      const { filter } = request
      if (filter === undefined || request.count) return inner.query(request, options)
      const page = await inner.query({ ...request, filter: undefined }, options)
      return { ...page, records: page.records.filter(({ value }) => test(filter, value)) }
    },
  })

const folded = (key: Key): Key =>
  key.map((part) => (typeof part === 'string' ? part.toLowerCase() : part))

interface Held {
  readonly version: string
  readonly history: string
}

/** Makes the store forget the version it holds when it would refuse a lower one. */
const withoutGuard =
  (...kinds: readonly Write['kind'][]): Defect =>
  (inner) => ({
    write: async (writes, options) => {
      const tables = inner.native() as Map<string, Map<string, Held>>
      const lowered = []
      for (const write of writes) {
        const [stored] = await inner.get(write.entity, [write.key], {})
        const isTooSmall = stored !== undefined && stored.version >= write.id
        const isMeant = write.version === undefined || write.version === stored?.version
        if (!isTooSmall || !isMeant || !kinds.includes(write.kind)) {
          lowered.push(write)
          continue
        }
        for (const table of tables.values())
          for (const [id, held] of table)
            if (held.version === stored.version) table.set(id, { ...held, version: '' })
        lowered.push(write.version === undefined ? write : { ...write, version: '' })
      }
      return inner.write(lowered, options)
    },
  })

const staleGet: Defect = (inner) => {
  let stale = new Map<string, StoredRecord | undefined>()
  const name = (key: Key) => JSON.stringify(key, (_, one: unknown) => String(one))
  return {
    get: async (entity, keys, options: GetOptions) => {
      const records = await inner.get(entity, keys, options)
      return records.map((record, at) => {
        const text = `${entity.name} ${name(keys[at] ?? [])}`
        const answer = stale.has(text) ? stale.get(text) : record
        stale.delete(text)
        return answer
      })
    },
    write: async (writes: readonly Write[], options: WriteOptions) => {
      const before = new Map<string, StoredRecord | undefined>()
      for (const { entity, key } of writes)
        before.set(`${entity.name} ${name(key)}`, (await inner.get(entity, [key], {}))[0])
      stale = before
      return inner.write(writes, options)
    },
  }
}

/** Reads, waits, and writes the sum, as an adapter without an atomic increment would. */
const lostUpdates: Defect = (inner) => ({
  write: async (writes, options) => {
    const summed = await Promise.all(
      writes.map(async (write): Promise<Write> => {
        if (write.kind !== 'patch' || Object.keys(write.increment).length === 0) return write
        const [stored] = await inner.get(write.entity, [write.key], {})
        await new Promise((resolve) => setImmediate(resolve))
        const sums = Object.entries(write.increment).map(([field, by]) => [
          field,
          Number(stored?.value[field] ?? 0) + Number(by),
        ])
        return { ...write, increment: {}, set: { ...write.set, ...Object.fromEntries(sums) } }
      }),
    )
    return inner.write(summed, options)
  },
})

const utf16 = (a: unknown, b: unknown): number => {
  if (typeof a !== 'string' || typeof b !== 'string') return 0
  return a < b ? -1 : a > b ? 1 : 0
}

/** Every defect by name: what somebody could get wrong in an adapter. */
export const DEFECTS: Readonly<Record<string, Defect>> = {
  'ignores conditions': sending((write) => ({ ...write, condition: undefined })),
  'ignores conditions of deletes': sending((write) =>
    write.kind === 'delete' ? { ...write, condition: undefined } : write,
  ),
  'ignores conditions of puts': sending((write) =>
    write.kind === 'put' ? { ...write, condition: undefined } : write,
  ),
  'ignores the expected version': sending((write) => ({ ...write, version: undefined })),
  'ignores the expected version of deletes': sending((write) =>
    write.kind === 'delete' ? { ...write, version: undefined } : write,
  ),
  'ignores the expected version of checks': sending((write) =>
    write.kind === 'check' ? { ...write, version: undefined } : write,
  ),
  'ignores the expected version of puts': sending((write) =>
    write.kind === 'put' ? { ...write, version: undefined } : write,
  ),
  'overwrites on create': sending((write) =>
    write.kind === 'put' && write.expect === 'absent' ? { ...write, expect: 'any' } : write,
  ),
  'creates on patch': (inner) => ({
    write: async (writes, options) => {
      const changed = []
      for (const write of writes) {
        const [stored] = await inner.get(write.entity, [write.key], {})
        const names = [...write.entity.key.partition, ...write.entity.key.sort]
        const key = Object.fromEntries(names.map((field, at) => [field, write.key[at]]))
        changed.push(
          write.kind === 'patch' && stored === undefined
            ? ({
                ...write,
                kind: 'put',
                expect: 'any',
                condition: undefined,
                value: { ...key, ...write.set },
              } as const)
            : write,
        )
      }
      return inner.write(changed, options)
    },
  }),
  'accepts a lower version in a put': withoutGuard('put'),
  'accepts a lower version in a patch': withoutGuard('patch'),
  'accepts a lower version in a delete': withoutGuard('delete'),
  'loses the history': (inner) => ({
    get: async (entity, keys, options) => inner.get(entity, keys, { ...options, history: false }),
  }),
  'repeats the last record of a page': paging((all, request) =>
    all.slice(Math.max(0, endOf(all, request))),
  ),
  'skips the first record of a page': paging((all, request) => {
    const end = endOf(all, request)
    return all.slice(end < 0 ? 0 : end + 2)
  }),
  'says that the first page is the last': (inner) => ({
    query: async (request, options) => {
      const { next, ...page } = await inner.query(request, options)
      return request.limit > 50 && next !== undefined ? { ...page, next } : page
    },
  }),
  'ignores the direction': asking((request) => ({ ...request, descending: false })),
  'orders text by UTF-16': paging((all, request) => {
    const { entity, index, partition, descending } = request
    const order = orderFields(entity, index, partition === undefined)
    const sorted = all.toSorted((a, b) => {
      for (const field of order) {
        const compared = utf16(a.value[field], b.value[field])
        if (compared !== 0) return descending ? -compared : compared
      }
      return 0
    })
    return sorted.slice(endOf(sorted, request) + 1)
  }),
  'leaves nulls out of an index': (inner) => ({
    query: async (request, options) => {
      const page = await inner.query(request, options)
      const sort = request.index?.sort ?? []
      const records = page.records.filter(({ value }) =>
        sort.every((field) => value[field] !== null),
      )
      return { ...page, records }
    },
  }),
  'puts missing fields into an index': (inner) => ({
    query: (request, options) =>
      inner.query(
        request.index === undefined || request.prefix.length > 0 || request.range !== undefined
          ? request
          : { ...request, index: { ...request.index, sort: [] } },
        options,
      ),
  }),
  'reads missing as null': reading((value, entity) => ({
    ...Object.fromEntries(Object.keys(entity.fields).map((field) => [field, null])),
    ...value,
  })),
  'reads null as missing': reading((value) =>
    Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null)),
  ),
  'folds the case of keys': (inner) => ({
    get: (entity, keys, options) =>
      Promise.all(keys.map(async (key) => (await inner.get(entity, [folded(key)], options))[0])),
    write: (writes, options) =>
      inner.write(
        writes.map((write) => ({ ...write, key: folded(write.key) })),
        options,
      ),
  }),
  'joins the parts of keys': (inner) => {
    const joined = (key: Key): Key => [key.map(String).join('#')]
    return {
      get: (entity, keys, options) =>
        Promise.all(keys.map(async (key) => (await inner.get(entity, [joined(key)], options))[0])),
      write: (writes, options) =>
        inner.write(
          writes.map((write) => ({ ...write, key: joined(write.key) })),
          options,
        ),
    }
  },
  'does not remove fields in a patch': sending((write) =>
    write.kind === 'patch' ? { ...write, remove: [] } : write,
  ),
  'does not increment in a patch': sending((write) =>
    write.kind === 'patch' ? { ...write, increment: {} } : write,
  ),
  'loses concurrent increments': lostUpdates,
  'merges on put': (inner) => ({
    write: async (writes, options) => {
      const merged = []
      for (const write of writes) {
        const [stored] = await inner.get(write.entity, [write.key], {})
        merged.push(
          write.kind === 'put' ? { ...write, value: { ...stored?.value, ...write.value } } : write,
        )
      }
      return inner.write(merged, options)
    },
  }),
  'says applied without applying': (inner) => ({
    write: async (writes, options) =>
      writes.every(({ kind }) => kind === 'delete')
        ? writes.map(() => ({ applied: true }))
        : inner.write(writes, options),
  }),
  'says not applied after applying': answering((result, write) =>
    write.kind === 'patch' ? { applied: false } : result,
  ),
  'does not return the deleted record': answering((result, write) =>
    write.kind === 'delete' && result.applied ? { applied: true } : result,
  ),
  'answers bulk writes in another order': (inner) => ({
    write: async (writes, options) => {
      const results = await inner.write(writes, options)
      return options.atomic ? results : results.toReversed()
    },
  }),
  'answers getMany in another order': (inner) => ({
    get: async (entity, keys, options) => (await inner.get(entity, keys, options)).toReversed(),
  }),
  'applies an atomic list in part': (inner) => ({
    write: async (writes, options) => {
      if (!options.atomic) return inner.write(writes, options)
      const results: WriteResult[] = []
      for (const write of writes) results.push(...(await inner.write([write], options)))
      return results
    },
  }),
  'does not check what a transaction read': (inner) => ({
    write: async (writes, options) => {
      const kept = writes.filter(({ kind }) => kind !== 'check')
      const results = [...(await inner.write(kept, options))]
      return writes.map(({ kind }) =>
        kind === 'check' ? { applied: true } : (results.shift() ?? { applied: false }),
      )
    },
  }),
  'does not check what a transaction found absent': (inner) => ({
    write: async (writes, options) => {
      const isKept = ({ kind, expect }: Write): boolean => kind !== 'check' || expect === 'present'
      const results = [...(await inner.write(writes.filter(isKept), options))]
      return writes.map((write) =>
        isKept(write) ? (results.shift() ?? { applied: false }) : { applied: true },
      )
    },
  }),
  'hands out its own objects': (inner) => {
    const held = new Map<string, StoredRecord>()
    return {
      get: async (entity, keys, options) =>
        (await inner.get(entity, keys, options)).map((record) => {
          if (record === undefined) return undefined
          const own =
            held.get(record.version + entity.name + JSON.stringify(record.history)) ?? record
          held.set(record.version + entity.name + JSON.stringify(record.history), own)
          return own
        }),
    }
  },
  'ignores filters': asking((request) => ({ ...request, filter: undefined })),
  'counts without the filter': asking((request) =>
    request.count ? { ...request, filter: undefined } : request,
  ),
  'filters with two-valued logic': filtering(twoValued),
  'takes bounds as included': asking(({ range, ...request }) => {
    if (range?.gt === undefined) return { ...request, range }
    const { gt, ...rest } = range
    return { ...request, range: { ...rest, gte: gt } }
  }),
  'ignores the second sort part': asking((request) => ({
    ...request,
    prefix: request.prefix.slice(0, 1),
  })),
  'does not keep unique indexes': sending((write) => ({
    ...write,
    entity: {
      ...write.entity,
      indexes: Object.fromEntries(
        Object.entries(write.entity.indexes).map(([name, one]) => [
          name,
          { ...one, unique: false },
        ]),
      ),
    },
  })),
  'rounds large integers': reading((value) =>
    mapValues(value, (one) => (typeof one === 'bigint' ? BigInt(Number(one)) : one)),
  ),
  'rounds numbers to 15 digits': reading((value) =>
    mapValues(value, (one) => (typeof one === 'number' ? Number(one.toPrecision(15)) : one)),
  ),
  'cuts dates to seconds': reading((value) =>
    mapValues(value, (one) =>
      one instanceof Date ? new Date(Math.floor(one.getTime() / 1000) * 1000) : one,
    ),
  ),
  'normalises text': reading((value) =>
    mapValues(value, (one) => (typeof one === 'string' ? one.normalize() : one)),
  ),
  'trims text': reading((value) =>
    mapValues(value, (one) => (typeof one === 'string' ? one.trimEnd() : one)),
  ),
  'stores objects as JSON': reading((value) =>
    isSet(value['doc'])
      ? {
          ...value,
          doc: JSON.parse(
            JSON.stringify(value['doc'], (_, one: unknown) =>
              typeof one === 'bigint' ? Number(one) : one,
            ),
          ) as unknown,
        }
      : value,
  ),
  'reads what was there before the last write': staleGet,
  'sweeps the living': (inner) => ({
    sweep: (entity, _now, limit, options) =>
      inner.sweep(entity, new Date(8_000_000_000_000), limit, options),
  }),
  'leaves deletes out of the feed': (inner) => ({
    async *changes(entity, from, options) {
      for await (const change of inner.changes(entity, from, options))
        if (change.type !== 'delete') yield change
    },
  }),
  'resumes the feed one change too late': (inner) => ({
    async *changes(entity, from, options) {
      let isFirst = from !== undefined
      for await (const change of inner.changes(entity, from, options)) {
        if (!isFirst) yield change
        isFirst = false
      }
    },
  }),
  'goes on after close': () => ({ close: async () => {} }),
  'has no entries of earlier records in a later index': (inner) => {
    const bare = new Set<string>()
    const idOf = (name: string, key: Key): string => `${name} ${key.join(' ')}`
    return {
      write: async (writes, options) => {
        for (const { entity, key } of writes)
          if (Object.keys(entity.indexes).length === 0) bare.add(idOf(entity.name, key))
          else bare.delete(idOf(entity.name, key))
        return inner.write(writes, options)
      },
      query: async (request, options) => {
        const page = await inner.query(request, options)
        if (request.index === undefined) return page
        const { entity } = request
        const isIn = ({ value }: StoredRecord) => !bare.has(idOf(entity.name, keyOf(entity, value)))
        return { ...page, records: page.records.filter(isIn) }
      },
    }
  },
  'forgets the last segment': (inner) => ({
    segments: (entity, count) =>
      count === 1 ? inner.segments(entity, 1) : inner.segments(entity, count + 1).slice(0, count),
  }),
  'reads a segment as if it were all': (inner) => ({
    query: async (request, options) => {
      const { segment: _segment, ...rest } = request
      return inner.query(rest, options)
    },
  }),
  'finds nothing in what is no segment': (inner) => ({
    query: async (request, options) => {
      try {
        return await inner.query(request, options)
      } catch (error) {
        if (request.segment === undefined) throw error
        return { records: [] }
      }
    },
  }),
  'leaves expired records out of segments': (inner) => ({
    query: async (request, options) => {
      const page = await inner.query(request, options)
      const { expiresAt } = request.entity
      if (request.segment === undefined || expiresAt === undefined) return page
      const isAlive = ({ value }: StoredRecord) => !(Number(value[expiresAt]) <= Date.now())
      return { ...page, records: page.records.filter(isAlive) }
    },
  }),
  'ends a segment behind a record that has gone': (inner) => ({
    query: async (request, options) => {
      const { entity, segment, after } = request
      if (segment === undefined || after === undefined) return inner.query(request, options)
      const [last] = await inner.get(entity, [after as Key], options)
      return last === undefined ? { records: [] } : inner.query(request, options)
    },
  }),
  'reads a segment on after its signal has aborted': (inner) => ({
    query: (request, options) => inner.query(request, request.segment === undefined ? options : {}),
  }),
  'has old versions in segments': (inner) => ({
    query: async (request, options) => {
      const page = await inner.query(request, options)
      if (request.segment === undefined) return page
      const age = (one: StoredRecord) => ({ ...one, version: one.version.replaceAll(/./g, '0') })
      return { ...page, records: page.records.map(age) }
    },
  }),
  'plans its tables anew each time': () => ({
    schema: {
      plan: async () => [],
      apply: async () => [{ entity: 'counter', description: 'create table counter' }],
    },
  }),
}
