import type { Write } from '@holdfast/core/driver'
import type { Aliases } from './expression.ts'
import { compileFilter } from './filter.ts'
import { PARTITION, VERSION } from './names.ts'
import type { Table } from './table.ts'
import type { Item } from './value.ts'

const absent = (aliases: Aliases): string => `attribute_not_exists(${aliases.name(PARTITION)})`
const exists = (aliases: Aliases): string => `attribute_exists(${aliases.name(PARTITION)})`

/** Holds for a record of exactly this state: that of an item read, or none. */
export const pinned = (item: Item | undefined, aliases: Aliases): string => {
  if (item === undefined) return absent(aliases)
  const version = aliases.name(VERSION)
  const read = item[VERSION]
  // An item of another program has no version.
  return read === undefined
    ? `${exists(aliases)} AND attribute_not_exists(${version})`
    : `${version} = ${aliases.value(read)}`
}

const older = ({ id }: Write, aliases: Aliases): string => {
  const version = aliases.name(VERSION)
  return `attribute_not_exists(${version}) OR ${version} < ${aliases.value({ S: id })}`
}

const present = (write: Write, aliases: Aliases): string => {
  const { version } = write
  if (version !== undefined)
    return pinned(version === '' ? {} : { [VERSION]: { S: version } }, aliases)
  return write.kind === 'check'
    ? exists(aliases)
    : `${exists(aliases)} AND (${older(write, aliases)})`
}

/** Whether no record can fulfil a write. */
const isHopeless = (write: Write): boolean =>
  write.version !== undefined &&
  (write.expect === 'absent' || (write.kind !== 'check' && write.version >= write.id))

/**
 * What the stored record must fulfil for a write, as one expression. `undefined` where it would not
 * fit or never holds: the record is read and judged here.
 */
export const guardOf = (table: Table, write: Write, aliases: Aliases): string | undefined => {
  if (isHopeless(write)) return undefined
  // A record that must be absent has nothing to fulfil a condition.
  if (write.expect === 'absent') return absent(aliases)
  const condition =
    write.condition === undefined ? true : compileFilter(table, write.condition, aliases)
  if (condition === 'too large' || condition === false) return undefined
  const text = condition === true ? '' : condition.isOr ? `(${condition.text})` : condition.text
  if (write.expect === 'present' || write.version !== undefined)
    return text === '' ? present(write, aliases) : `${present(write, aliases)} AND ${text}`
  const rest = older(write, aliases)
  return text === '' ? rest : `${absent(aliases)} OR (${rest}) AND ${text}`
}
