import fc from 'fast-check'
import { type Command, CONDITIONS, INDEXES, type PatchSpec, type Single } from './commands.ts'

const text = (value: unknown): string => fc.stringify(value).replaceAll('__proto__:null,', '')

const fieldsOf = (id: string, fields: object): string => text({ id, ...fields })

const patchOf = ({ set = {}, increment = {}, append = {}, remove = [] }: PatchSpec): string => {
  const members = [
    ...Object.entries(set).map(([field, value]) => `${field}: ${text(value)}`),
    ...Object.entries(increment).map(([field, by]) => `${field}: increment(${text(by)})`),
    ...Object.entries(append).map(([field, values]) => `${field}: append(...${text(values)})`),
    ...remove.map((field) => `${field}: remove()`),
  ]
  return `{ ${members.join(', ')} }`
}

const singleOf = (one: Single, on: string): string => {
  if (one.do === 'get') return `${on}.get({ id: ${text(one.id)} })`
  if ('fields' in one) return `${on}.${one.do}(${fieldsOf(one.id, one.fields)})`
  const conditions = [
    ...(one.version === undefined ? [] : [`ifVersion: ${one.version}`]),
    ...(one.condition === undefined ? [] : [`if: ${text(CONDITIONS[one.on][one.condition])}`]),
  ]
  const options = conditions.length === 0 ? '' : `, { ${conditions.join(', ')} }`
  const patch = one.do === 'update' ? `, ${patchOf(one.patch)}` : ''
  return `${on}.${one.do}({ id: ${text(one.id)} }${patch}${options})`
}

const lineOf = (one: Command): string => {
  switch (one.do) {
    case 'advance':
      return `clock.advance(${one.seconds} s)`
    case 'reopen':
      return 'db = another process'
    case 'resume':
      return 'the next page'
    case 'transaction':
      return [
        'await db.transaction(async (tx) => {',
        ...one.steps.map((step) => `  await ${singleOf(step, `tx.${step.on}`)}`),
        ...(one.fails ? ["  throw new Error('rolled back')"] : []),
        '})',
      ].join('\n')
    default:
  }
  const on = `db.${one.on}`
  switch (one.do) {
    case 'find':
    case 'page': {
      const { query, limit, orderBy } = one
      const index = query === 5 && one.do === 'find' ? `, index: '${INDEXES[one.on]}'` : ''
      const where = text(CONDITIONS[one.on][query])
      return `await ${on}.${one.do === 'find' ? 'each' : 'find'}({ where: ${where}${index}, limit: ${limit}, orderBy: '${orderBy}' })`
    }
    case 'getMany':
    case 'deleteMany':
      return `await ${on}.${one.do}(${text(one.ids.map((id) => ({ id })))})`
    case 'createMany':
    case 'putMany':
      return `await ${on}.${one.do}([${one.items.map(({ id, fields }) => fieldsOf(id, fields)).join(', ')}])`
    case 'updateWhere':
      return `await ${on}.updateWhere({ where: ${text(CONDITIONS[one.on][one.query])} }, ${patchOf(one.patch)})`
    case 'deleteWhere':
      return `await ${on}.deleteWhere({ where: ${text(CONDITIONS[one.on][one.query])} })`
    default:
      return `await ${singleOf(one, on)}`
  }
}

/** A sequence as a program that a reader can follow: a line per command, keys and places shortened. */
export const programOf = (commands: readonly Command[]): string => commands.map(lineOf).join('\n')
