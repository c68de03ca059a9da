import { inCore, type Mutant } from './mutant.ts'

/** Defects in declaring, selecting and binding rules. */
export const policyRules: readonly Mutant[] = [
  ...inCore('rule-set.ts', [
    [
      'sets of roles are told apart by their size',
      '[...named].sort((a, b) => a - b).join()',
      'String(named.size)',
    ],
    [
      'a deny found by value does not fire on a missing value',
      "isUnknown && effect === 'deny' ? positions : byValue.get(value)",
      'byValue.get(value)',
    ],
    [
      'rules that no value finds are forgotten',
      'for (const at of others) if (holds(at)) return at',
      '',
    ],
    [
      'only the first field is looked at to find rules',
      'found !== undefined) for (const at of found) if (holds(at)) return at',
      'found !== undefined) return found.find(holds)',
    ],
    ['every actor holds every role', "role === '*' || held.includes(role)", 'true'],
  ]),
  ...inCore('filter-algebra.ts', [
    [
      'an attribute that is null equals what is null',
      'if (value === undefined || value === null) return UNKNOWN',
      "if (value === undefined || value === null) return { op: 'isNull', field: leaf.field }",
    ],
    [
      'an empty list of the actor allows',
      'if (bound.length === 0) return NEVER',
      'if (bound.length === 0) return ALWAYS',
    ],
    [
      'a missing list of the actor allows',
      'if (!Array.isArray(list)) return UNKNOWN',
      'if (!Array.isArray(list)) return ALWAYS',
    ],
    [
      'what is not unknown is true',
      "{ op: 'const', value: filter.value === undefined ? undefined : !filter.value }",
      "{ op: 'const', value: !filter.value }",
    ],
  ]),
  ...inCore('where.ts', [
    ['conditions beside or() are dropped', 'if (extra !== undefined)', 'if (false)'],
    [
      'oneOf of nothing holds for all',
      'values.length === 0 ? NEVER',
      'values.length === 0 ? ALWAYS',
    ],
    [
      'or() of nothing is ignored',
      'if (filters.length === 0) throw',
      'if (filters.length === 0) return ALWAYS\n  if (filters.length === 0) throw',
    ],
  ]),
  ...inCore('policy.ts', [
    [
      'check does not default to when',
      'check: draft.check === undefined ? when : parse(draft.check)',
      'check: draft.check === undefined ? ALWAYS : parse(draft.check)',
    ],
    [
      'an option that means nothing is ignored',
      'if (OPTIONS[name]?.includes(operation) !== true)',
      'if (operation === undefined)',
    ],
  ]),
  ...inCore('actor.ts', [
    [
      'the actor is not copied',
      'const copy = copyDeep(result.value) as ActorShape',
      'const copy = result.value as ActorShape',
    ],
    ['bytes of the actor are not copied', 'return value.slice()', 'return value'],
    [
      'an attribute that cannot be compared is taken',
      'for (const use of uses) checkUse(copy, use)',
      '',
    ],
  ]),
]
