import { type PatchWrite, type PutWrite, valueAfter, type Write } from '@holdfast/core/driver'
import type { Table } from './table.ts'
import type { Item } from './value.ts'

/** The whole item after a put or patch of the item read. A patch keeps what other programs added. */
const nextItem = (table: Table, write: PutWrite | PatchWrite, item: Item | undefined): Item => {
  if (write.kind === 'put') return table.item(write.key, write.value, write.id, item)
  const before = table.read(item ?? {})
  const next = table.item(write.key, valueAfter(write, before.value) ?? {}, write.id, item)
  if (item === undefined) return next
  const ours = new Set<string>([...table.columns.map(({ name }) => name), ...table.derivedNames])
  for (const name of Object.keys(item))
    if (!ours.has(name) && !Object.hasOwn(next, name)) next[name] = item[name] as Item[string]
  return next
}

/** The item that a write leaves; `undefined` after a delete. */
export const itemAfter = (table: Table, write: Write, item: Item | undefined): Item | undefined =>
  write.kind === 'put' || write.kind === 'patch' ? nextItem(table, write, item) : undefined
