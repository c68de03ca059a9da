import { inCore, type Mutant } from './mutant.ts'

const deciding = inCore('authorize.ts', [
  [
    'check is ignored when deciding',
    'if (next !== undefined && checkTest(next) !== true) return false',
    '',
  ],
  ['check is ignored in one conditional write', 'allOf([when, after(check)])', 'allOf([when])'],
  [
    'a deny on the new record is left out of one conditional write',
    "looksAt(rule, 'new') ? isFalse(after(when)) : ALWAYS",
    'ALWAYS',
  ],
  [
    'a deny on the old record is left out of one conditional write',
    "looksAt(rule, 'old') ? isFalse(when) : ALWAYS",
    'ALWAYS',
  ],
  ["on: 'both' looks at one state", "rule.on === state || rule.on === 'both'", 'rule.on === state'],
  ['sensitive fields may be written by default', '!model.sensitive.includes(field)', 'true'],
  [
    'a list of fields lets others pass',
    "rule.fields === 'all' || rule.fields.includes(field) || isKeyField(model, field)",
    'true',
  ],
  ['denies are left out of the query', '...whenOf(deny.all).map(isFalse),', ''],
  [
    'only what all rules share is left of a query',
    'return allOf([...shared, anyOf(remaining)])',
    'return allOf(shared)',
  ],
  ['names with a comma share a kept filter', 'JSON.stringify(sensitive)', 'sensitive.join()'],
  [
    'attributes that the actor inherits count',
    "Object.hasOwn(actor, name) ? actor[name as 'roles'] : undefined",
    "actor[name as 'roles']",
  ],
  [
    'a deny does not hide a record',
    'allow.find(record) !== undefined && deny.find(record) === undefined',
    'allow.find(record) !== undefined',
  ],
  [
    'a deny does not hide a field of an unreadable record',
    'allow.find(record, ({ rule }) => rule.reveal.includes(field)) !== undefined &&\n      deny.find(record) === undefined',
    'allow.find(record, ({ rule }) => rule.reveal.includes(field)) !== undefined',
  ],
  [
    'a field is shown per role, not per record',
    'allow.find(record, ({ rule }) => rule.reveal.includes(field)) !== undefined &&',
    '',
  ],
  [
    'a condition kept for one list of fields serves another',
    '`${operation} ${JSON.stringify(carried)}`',
    'operation',
  ],
  [
    'an increment slips past a rule about the new value',
    'if (reads.some((field) => relative.includes(field))) return undefined',
    '',
  ],
])

const trying = inCore('bound-rules.ts', [
  ['unknown counts as allow', 'isAllow ? truth === true : truth !== false', 'truth !== false'],
  ['a deny fires on true only', 'isAllow ? truth === true : truth !== false', 'truth === true'],
])

/** Defects in deciding by rules, per record and in queries. */
export const policyDecisions: readonly Mutant[] = [...deciding, ...trying]
