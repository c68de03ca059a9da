/** Shapes that cannot be expressed: each is refused with the message given, and never widened. */
import { createStore, definePolicy, exists, gt, not, oneOf } from '@holdfast/core'
import type { Case, Context } from '../case.ts'
import { refused } from '../expect.ts'
import { asker, Oddity } from './oddities.ts'
import { openOddities } from './place.ts'
import { REFUSED_RULES, type Tools } from './refused-rules.ts'
import { allow, eq } from './said.ts'

/** Attributes that a rule could only misread, by the use that the rule makes of them. */
const ATTRIBUTES: readonly (readonly [string, 'value' | 'list', unknown, RegExp])[] = [
  [
    'a list for a value',
    'value',
    ['u'],
    /^The actor's x must be one value, because policies compare it\.$/,
  ],
  [
    'an object for a value',
    'value',
    { $ne: null },
    /^The actor's x must be one value, because policies compare it\.$/,
  ],
  [
    'a value for a list',
    'list',
    'u',
    /^The actor's x must be a list of values, because policies compare it\.$/,
  ],
  [
    'a list of lists for a list',
    'list',
    [['u']],
    /^The actor's x must be a list of values, because policies compare it\.$/,
  ],
  [
    'a list with an object for a list',
    'list',
    ['u', {}],
    /^The actor's x must be a list of values, because policies compare it\.$/,
  ],
  [
    'a number that is none for a value',
    'value',
    Number.NaN,
    /^actor\.x must be a finite number; leave it out or store it as a string\.$/,
  ],
]

/** Queries that no index serves: refused whatever the rules narrow. */
const QUERIES: readonly (readonly [string, object, RegExp])[] = [
  [
    'no filter',
    {},
    /^No key or index of oddity serves this query: declare an index \{ partition: \['flag'\] \}, or pass scan: true\.$/,
  ],
  [
    'equality on a field without index',
    { where: { mark: 'x' } },
    /^No key or index of oddity serves this query: declare an index \{ partition: \['mark', 'flag'\] \}, or pass scan: true\.$/,
  ],
  [
    'an index without its partition',
    { index: 'byBucket', where: { rank: gt(0) } },
    /^Index byBucket of oddity does not serve this query: declare an index \{ partition: \['flag'\], sort: \['rank'\] \}, or pass scan: true\.$/,
  ],
  ['an unknown index', { index: 'byColour' }, /^oddity has no index byColour\.$/],
  [
    'the other of two tenants',
    { where: not({ tenantId: 'x' } as never) },
    /^No key or index of oddity serves this query: declare an index \{ partition: \['flag'\] \}, or pass scan: true\.$/,
  ],
  [
    'an attribute of the actor',
    { where: { owner: exists(), text: { me: 'name' } }, scan: true },
    /^The filter on oddity\.text must be a value or an operator such as gt\(\)\.$/,
  ],
]

const addQueries = (add: (title: string, run: Case['run']) => void): void => {
  for (const [name, query, message] of QUERIES)
    add(`a query is refused and not widened: ${name}`, async (context: Context) => {
      const rules = { read: [allow(eq('flag', true))], update: [allow()], delete: [allow()] }
      const repository = openOddities(context, rules).as({ id: 'u', roles: ['one'] })
      await refused(() => repository.find(query), 'INVALID', { entity: 'oddity', message })
      await refused(() => repository.count(query), 'INVALID', { message })
      const each = repository.each(query)[Symbol.asyncIterator]()
      await refused(() => each.next(), 'INVALID', { message })
    })
}

/** Adds one case for each shape that must be refused. */
export const addRefusals = (add: (title: string, run: Case['run']) => void): void => {
  for (const [name, rules, message, code = 'INVALID'] of REFUSED_RULES)
    add(`a rule is refused and not widened: ${name}`, async () => {
      const declare = (tools: unknown): never => rules(tools as Tools) as never
      await refused(() => definePolicy(Oddity, asker, declare), code, { message })
    })
  for (const [name, use, x, message] of ATTRIBUTES)
    add(`an actor is refused and not widened: ${name}`, async ({ driver }) => {
      const declare = (tools: unknown): never => {
        const { allow: grant, me } = tools as Tools
        return {
          read: [grant('*', { owner: use === 'list' ? oneOf(me['x'] as never) : me['x'] })],
        } as never
      }
      const store = createStore({
        adapter: driver,
        entities: { oddities: Oddity },
        policies: [definePolicy(Oddity, asker, declare)],
        actor: asker,
      })
      await refused(() => store.as({ id: 'u', roles: ['one'], x }), 'INVALID', {
        field: 'x',
        message,
      })
    })
  addQueries(add)
}
