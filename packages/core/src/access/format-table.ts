import { type EntityAccess, type Extent, OPERATIONS, type RuleAccess } from './access-table.ts'

const WIDTH = 100
/** Of a rule: a longer list of roles does not push the conditions of the others to the right. */
const WIDEST_CELL = 28
const GAP = '  '

const EXTENT_TEXT: Readonly<Record<Extent, string>> = { none: '-', some: 'some', all: 'all' }

const ON_TEXT = { old: 'before', new: 'after', both: 'before or after' } as const

const detailsOf = ({ when, check, fields, reveal, on, rule }: RuleAccess): string => {
  const details = [
    when === '' ? 'always' : when,
    ...(check === undefined ? [] : [`then ${check === '' ? 'anything' : check}`]),
    ...(fields === undefined ? [] : [`fields ${[fields].flat().join(', ')}`]),
    ...(reveal === undefined ? [] : [`reveals ${reveal.join(', ')}`]),
    ...(on === undefined ? [] : [ON_TEXT[on]]),
  ]
  return `${details.join('; ')}${GAP}(${rule})`
}

/** Breaks a line before words that would pass the width; what follows is indented. */
const wrapped = (line: string, indent: number): string => {
  const lines: string[] = []
  let rest = line
  while (rest.length > WIDTH) {
    const start = lines.length === 0 ? 0 : indent
    const fits = rest.lastIndexOf(' ', WIDTH)
    const at =
      fits > start && rest.slice(start, fits).trim() !== '' ? fits : rest.indexOf(' ', WIDTH)
    if (at === -1) break
    lines.push(rest.slice(0, at).trimEnd())
    rest = ' '.repeat(indent) + rest.slice(at).trimStart()
  }
  return [...lines, rest].join('\n')
}

/** Rows with their cells below each other; cells wider than `widest` do not count. */
const columns = (
  rows: readonly (readonly string[])[],
  widest = Number.POSITIVE_INFINITY,
): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, at) => {
    const lengths = rows.map((row) => row[at]?.length ?? 0)
    return Math.max(0, ...lengths.filter((length) => length <= widest))
  })
  const indent = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0)
  return rows.map((row) => {
    const line = row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(GAP)
    return wrapped(line.trimEnd(), indent)
  })
}

/**
 * The table as text: per entity a line a role, then a line a rule. At most 100 columns wide, unless one
 * word is longer. Ends without a line feed.
 */
export const formatAccessTable = (table: readonly EntityAccess[]): string =>
  table
    .map(({ entity, roles, rules }) => {
      const head = [entity, ...OPERATIONS]
      const rows = roles.map((one) => [
        `${GAP}${one.role}`,
        ...OPERATIONS.map((operation) => EXTENT_TEXT[one[operation]]),
      ])
      const lines = rules.map((rule) => [
        `${GAP}${rule.operation}`,
        `${rule.effect} ${rule.roles.join(', ')}`,
        detailsOf(rule),
      ])
      return [...columns([head, ...rows]), ...columns(lines, WIDEST_CELL)].join('\n')
    })
    .join('\n\n')
