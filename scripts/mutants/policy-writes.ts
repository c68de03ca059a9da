import { inCore, type Mutant } from './mutant.ts'

/** Defects in what writes do with decisions. */
export const policyWrites: readonly Mutant[] = [
  ...inCore('intent.ts', [
    [
      'put in one conditional write replaces a hidden record',
      'allOf([aliveFilter(scope) ?? ALWAYS, access.readFilter([]), rules ?? NEVER])',
      'allOf([aliveFilter(scope) ?? ALWAYS, rules ?? NEVER])',
    ],
    [
      'put in one conditional write obeys no rule',
      'access.readFilter([]), rules ?? NEVER])',
      'access.readFilter([])])',
    ],
    [
      'put without reading ignores hidden fields',
      '      entity.sensitive.length > 0 ||\n      access.limitsFields ||\n',
      '',
    ],
    [
      'update and delete in one conditional write obey no rule',
      '    conditions.filter,\n    rules,\n',
      '    conditions.filter,\n',
    ],
    [
      'update and delete in one conditional write reach hidden records',
      '    scope.access.readFilter(conditions.reads),\n',
      '',
    ],
    [
      'if on a hidden field does not narrow one conditional write',
      'scope.access.readFilter(conditions.reads)',
      'scope.access.readFilter([])',
    ],
    [
      'create obeys no rule',
      "const rule = authorize(scope, key, 'create', undefined, value, carriedBy(entity, input))",
      'const rule = undefined',
    ],
    ['put replaces a hidden record', '        throw alreadyExists(scope)\n      }\n', '      }\n'],
    [
      'who may not create learns by put what exists',
      "        authorize(scope, key, 'create', undefined, value, carried)\n        throw",
      '        throw',
    ],
    [
      'a hidden value is incremented before it is known to be seen',
      '      checkReadable(scope, old.value, conditions)\n      const merged',
      '      const merged',
    ],
    ['put erases what is hidden', 'const kept = hiddenOf(old)', 'const kept = {}'],
    [
      'put tells a right guess of a hidden value',
      '(carried.includes(field) && isHidden(field, old))',
      'false',
    ],
    [
      'update obeys no rule after reading',
      "const rule = authorize(scope, key, 'update', old.value, next, fields)",
      'const rule = undefined',
    ],
    ['a hidden field can be incremented', '    ...Object.keys(parsed.increment),\n', ''],
    [
      'a rule across hidden fields speaks to those who may not write',
      "        authorize(scope, key, 'update', old.value, merged, fields)\n",
      '',
    ],
    [
      'delete obeys no rule after reading',
      "const rule = authorize(scope, key, 'delete', old.value, undefined, [])",
      'const rule = undefined',
    ],
  ]),
  ...inCore('conditions.ts', [
    [
      'if on a hidden field is answered after reading',
      'if (reads.every((field) => scope.access.reveals(field, value))) return',
      'if (reads !== undefined) return',
    ],
    [
      'if: undefined is no condition',
      "if ('if' in options && options.if === undefined)",
      'if (options === undefined)',
    ],
    [
      'options that are not known are dropped',
      '  checkOptions(model, options, CONDITION_OPTIONS)\n',
      '',
    ],
  ]),
  ...inCore('writer.ts', [
    [
      'values returned by writes are not masked',
      'return record === undefined ? undefined : present(scope, record)',
      'return record?.value',
    ],
  ]),
  ...inCore('bulk.ts', [
    [
      'writes of a list obey no condition',
      'items.map(({ attempt, id }) => attempt.make(id))',
      'items.map(({ attempt, id }) => ({ ...attempt.make(id), condition: undefined }))',
    ],
  ]),
  ...inCore('change-where.ts', [
    [
      'an actor without a rule may change by filter',
      'if (!prospect.allowed) throw',
      'if (prospect === undefined) throw',
    ],
    [
      'a change by filter that says nothing changes all',
      'if (!isGiven || isAlways(folded(parseWhere(scope.model, where))))',
      'if (!isGiven)',
    ],
    [
      'a denied change by filter is not told',
      "if (error.code === 'FORBIDDEN') denied += 1",
      "if (error.code === 'FORBIDDEN') denied += 0",
    ],
  ]),
  ...inCore('transaction-attempt.ts', [
    [
      'a transaction reads what is hidden',
      'return isVisible(scope, read) ? shown(scope, copyOf(read)) : undefined',
      'return read === undefined ? undefined : shown(scope, copyOf(read))',
    ],
    [
      'a transaction does not mask what it wrote',
      ': present(scope, { ...shown, value: { ...shown.value } })',
      ': { ...shown.value }',
    ],
  ]),
  ...inCore('store.ts', [
    ['unrestricted needs no reason', "reason.trim() === ''", 'false'],
    [
      'an entity without a policy borrows another one',
      'policies.filter((policy) => policy.entity === entity.model)',
      'policies.slice(0, 1)',
    ],
  ]),
  ...inCore('changes.ts', [
    [
      'the change feed is open to actors',
      'if (!scope.access.isUnrestricted)',
      'if (scope.access === undefined)',
    ],
  ]),
]
