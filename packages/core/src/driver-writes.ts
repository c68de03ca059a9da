import type { PatchWrite, StoredRecord, Write } from './driver.ts'
import { evaluate } from './filter.ts'

type Row = Readonly<Record<string, unknown>>

/** Whether a write is refused by the record that it meets: what the guard of every store means. */
export const refuses = (held: StoredRecord | undefined, write: Write): boolean => {
  if (held === undefined) return write.expect === 'present' || write.version !== undefined
  if (write.expect === 'absent') return true
  if (write.kind !== 'check' && held.version >= write.id) return true
  if (write.version !== undefined && write.version !== held.version) return true
  return write.condition !== undefined && evaluate(write.condition, held.value) !== true
}

const patched = (before: Row, write: PatchWrite): Row => {
  const value: Record<string, unknown> = { ...before, ...write.set }
  for (const field of write.remove) delete value[field]
  for (const [field, by] of Object.entries(write.increment)) {
    const old =
      (Object.hasOwn(value, field) ? value[field] : undefined) ?? (typeof by === 'bigint' ? 0n : 0)
    value[field] = typeof by === 'bigint' ? (old as bigint) + by : (old as number) + by
  }
  return value
}

/**
 * The fields that a write leaves of those before; `undefined` after a delete. Values are those given, not
 * copies.
 */
export const valueAfter = (write: Write, before: Row | undefined): Row | undefined => {
  if (write.kind === 'put') return write.value
  return write.kind === 'patch' ? patched(before ?? {}, write) : undefined
}
