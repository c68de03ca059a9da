import { evaluate, type StoredRecord, type Write } from '@holdfast/core/driver'

/** Whether a write is refused by the record that it meets. The meaning of every guard. */
export const refuses = (held: StoredRecord | undefined, write: Write): boolean => {
  if (held === undefined) return write.expect === 'present' || write.version !== undefined
  if (write.expect === 'absent') return true
  if (write.kind !== 'check' && held.version >= write.id) return true
  if (write.version !== undefined && write.version !== held.version) return true
  return write.condition !== undefined && evaluate(write.condition, held.value) !== true
}

/** Whether a write asks only that there be no record. */
export const isCreation = (write: Write): boolean =>
  write.kind === 'put' && write.expect === 'absent' && write.version === undefined
