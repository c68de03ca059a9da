import { inCore, type Mutant } from './mutant.ts'

/** Defects in what reads do with decisions. */
export const policyReads: readonly Mutant[] = [
  ...inCore('scope.ts', [
    ['nothing is masked', 'value : access.mask(value)', 'value : value'],
    ['an unreadable record is visible', ' && scope.access.canRead(record.value)', ''],
    [
      'a denial is not audited',
      "if (error.code === 'FORBIDDEN') audit(",
      "if (error.code === 'INTERNAL') audit(",
    ],
  ]),
  ...inCore('plan.ts', [
    [
      'a filter on a hidden field does not narrow',
      'access.readFilter(sensitive)',
      'access.readFilter([])',
    ],
    [
      'a field that no rule reveals can be filtered by',
      'if (!access.mayReveal(field))',
      'if (field === undefined)',
    ],
    ['a hidden field can order a query', '[...asked, ...indexFields(named)]', 'asked'],
    [
      'a rule that core must evaluate is dropped',
      'residual: residual.length === 0 ? undefined : allOf(residual)',
      'residual: undefined',
    ],
  ]),
  ...inCore('query.ts', [
    ['records are not checked again', 'if (!access.canRead(record.value)) continue', ''],
    [
      'a stale record is shown that does not reveal what was asked',
      'if (!plan.sensitive.every((field) => access.reveals(field, record.value))) continue',
      '',
    ],
    [
      'a cursor tells that only hidden records follow',
      '(lookAhead && !isWhole)',
      '(lookAhead && isWhole)',
    ],
    [
      'a cursor stands on a hidden record where the page is full',
      'records.length === wanted ? behind(records) : after',
      'after',
    ],
    ['select takes what is no text', "typeof field !== 'string' ||", ''],
    ['a cursor is not bound to the actor', '    scope.actorText(),\n', ''],
    ['a cursor is not bound to the filter', '    parts.sort(),\n', ''],
  ]),
  ...inCore('reader.ts', [
    [
      'a count leaves out the rules',
      'const request: QueryRequest = { ...requestOf(scope, prepared, after, MAX_LIMIT), count: true }',
      'const request: QueryRequest = { ...requestOf(scope, prepared, after, MAX_LIMIT), filter: undefined, count: true }',
    ],
    [
      'getMany shows what is hidden',
      'if (isVisible(scope, record)) answers',
      'if (record !== undefined) answers',
    ],
    [
      'get shows what is hidden',
      'return isVisible(scope, record) ? shown(scope, record) : undefined',
      'return record === undefined ? undefined : shown(scope, record)',
    ],
  ]),
]
