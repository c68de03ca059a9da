/** Stores over `Oddity` under the rules of one shape, and its twenty records in a place of their own. */
import { createStore, definePolicy } from '@holdfast/core'
import type { Context } from '../case.ts'
import { eventually, holds } from '../expect.ts'
import { asker, oddities, Oddity } from './oddities.ts'
import type { SaidRule } from './said.ts'
import type { Asker, Fields } from './verdict.ts'
import { drafts, type Tools } from './written.ts'

/** Rules per operation. */
export type RuleTable = Readonly<
  Partial<Record<'read' | 'create' | 'update' | 'delete', readonly SaidRule[]>>
>

/** A repository without the types of its entity. */
export interface Loose {
  get(key: Fields): Promise<Fields | undefined>
  getMany(keys: readonly Fields[]): Promise<(Fields | undefined)[]>
  find(query: object): Promise<{ readonly items: readonly Fields[] }>
  each(query: object): AsyncIterable<Fields>
  count(query: object): Promise<number>
  create(input: Fields): Promise<Fields>
  update(key: Fields, patch: Fields): Promise<Fields>
  delete(key: Fields): Promise<Fields | undefined>
  createMany(inputs: readonly Fields[]): Promise<readonly { readonly ok: boolean }[]>
  putMany(inputs: readonly Fields[]): Promise<readonly { readonly ok: boolean }[]>
  updateWhere(query: object, patch: Fields): Promise<object>
}

/** The store under these rules: `as` an actor, or `free` of them. */
export const openOddities = ({ driver }: Pick<Context, 'driver'>, rules: RuleTable) => {
  const store = createStore({
    adapter: driver,
    entities: { oddities: Oddity },
    policies: [
      definePolicy(Oddity, asker, (tools) => {
        const of = (operation: keyof RuleTable) =>
          drafts(tools as unknown as Tools, operation, rules[operation] ?? [])
        return {
          read: of('read'),
          create: of('create'),
          update: of('update'),
          delete: of('delete'),
        }
      }),
    ],
    actor: asker,
    cursorSecret: 'the cursor secret of the policy oracle',
  })
  return {
    as: (who: Asker): Loose => store.as(who).oddities as unknown as Loose,
    free: store.unrestricted('contract kit').oddities as unknown as Loose,
  }
}

/** The key of a record. */
export const keyOf = ({ tenantId, id }: Fields): Fields => ({ tenantId, id })

/** Stores the records in a place, waits until indexes know them, and returns them. */
export const fillOddities = async (context: Context, place: string): Promise<readonly Fields[]> => {
  const { free } = openOddities(context, {})
  const rows = oddities(place)
  for (const one of await free.createMany(rows)) holds(one.ok, 'every hostile record can be stored')
  await eventually(async () => {
    const query = { where: { bucket: place }, index: 'byBucket' }
    holds((await free.count(query)) === rows.length, 'the index knows every record')
  })
  return rows
}

/** Decisions made so far on a store, told by the last case. */
const COUNTS = new WeakMap<object, { reads: number; writes: number }>()

/** How many decisions were compared on this store. */
export const decisionsOn = ({
  driver,
}: Pick<Context, 'driver'>): { reads: number; writes: number } => {
  const known = COUNTS.get(driver) ?? { reads: 0, writes: 0 }
  COUNTS.set(driver, known)
  return known
}

/** Runs `each` on every shape given, on several lanes at a time; a failure says which shape. */
export const onLanes = async <S extends { readonly name: string }>(
  shapes: readonly S[],
  lanes: number,
  each: (shape: S, at: number, lane: number) => Promise<void>,
): Promise<void> => {
  let next = 0
  const run = async (lane: number): Promise<void> => {
    while (next < shapes.length) {
      const at = next++
      const one = shapes[at]
      if (one === undefined) return
      try {
        await each(one, at, lane)
      } catch (error) {
        next = shapes.length
        throw new Error(`Shape: ${one.name}`, { cause: error })
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)))
}

/** Every n-th shape: all of them at full scale, or the share that the harness asks for. */
export const shareOf = <S>({ harness }: Context, shapes: readonly S[], every = 1): readonly S[] => {
  const step = every / Math.min(1, harness.scale ?? 1)
  return shapes.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step))
}
