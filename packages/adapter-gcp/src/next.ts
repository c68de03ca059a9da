import type { PatchWrite, Write } from '@holdfast/core/driver'

type Row = Readonly<Record<string, unknown>>

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

/** The record that a write leaves of the one before; `undefined` after a delete. */
export const valueAfter = (write: Write, before: Row | undefined): Row | undefined => {
  if (write.kind === 'put') return write.value
  return write.kind === 'patch' ? patched(before ?? {}, write) : undefined
}
