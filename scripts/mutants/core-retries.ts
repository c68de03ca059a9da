import { inCore, type MutantPart, unit } from './mutant.ts'

const versions: MutantPart = {
  suites: [unit('core/test/write-guard.test.ts')],
  mutants: inCore('version.ts', [
    [
      'the history of a record keeps its last write only',
      "history.replace(lastInLane(history, laneOf(id)), '') + id",
      'id',
    ],
    [
      'two ids of one millisecond are equal',
      'if (now > this.#milliseconds) {',
      'if (now >= this.#milliseconds) {',
    ],
    [
      'the clock does not follow one that runs ahead',
      "if (above !== '') {",
      "if (above === '-') {",
    ],
    [
      'the counter of ids runs over',
      '      this.#milliseconds += 1\n      this.#counter = 0',
      '      this.#counter = 0',
    ],
  ]),
}

const retries: MutantPart = {
  suites: [unit('core/test/retry.test.ts')],
  mutants: [
    ...inCore('failure.ts', [
      ['the budget of retries is never spent', 'budget.tokens -= cost', 'void cost'],
      [
        'the budget of retries is not looked at',
        'attempts.made >= retry.attempts || budget.tokens < cost',
        'attempts.made >= retry.attempts',
      ],

      ['a retry that helped gets only one token back', 'attempts.paid = cost', ''],
      ['one attempt too many', 'attempts.made >= retry.attempts', 'attempts.made > retry.attempts'],
      ["the vendor's wish to wait is ignored", 'meaning.retryAfterMs ?? 0', '0'],
      [
        'the deadline is ignored',
        'if (environment.now() + pause - attempts.started > retry.deadlineMs) give()',
        '',
      ],

      [
        'a signal that aborts during a pause is ignored',
        'if (signal?.aborted === true) throw cancelled(signal, outcome)',
        '',
      ],
      [
        'a write aborted after a doubt is reported as not applied',
        'throw cancelled(signal, outcome)',
        "throw cancelled(signal, 'not_applied')",
      ],
      [
        'what cannot succeed is repeated',
        "if (isHoldfastError(error) || !(meaning.retryable || meaning.outcome === 'unknown')) give()",
        'if (isHoldfastError(error)) give()',
      ],
      [
        'the text of the vendor, which may quote data, is passed on',
        'CAUSE_MAY_HOLD_DATA.has(code) ? withoutData(error) : error',
        'error',
      ],
      [
        'a read that failed is reported as perhaps applied',
        "const outcome = !isWrite ? 'not_applied' : ",
        'const outcome = ',
      ],
    ]),
    ...inCore('retry.ts', [
      [
        'a call begins although its signal has aborted',
        "if (signal?.aborted === true) throw cancelled(signal, 'not_applied')",
        '',
      ],
      ['success gives no retry back', 'budget.tokens + attempts.paid)', 'budget.tokens)'],
      [
        'success fills the budget of retries without end',
        'Math.min(RETRY_TOKENS, budget.tokens + attempts.paid)',
        'budget.tokens + attempts.paid * 2',
      ],
    ]),
  ],
}

const apart: MutantPart = {
  suites: [unit('core/test/driver-calls.test.ts')],
  mutants: inCore('driver-calls.ts', [
    [
      'a failed item of a list counts as refused',
      'results[at] = { applied: false, error }',
      'results[at] = { applied: false }',
    ],
    [
      'what cannot be repeated is insisted on',
      'if (!classify(error).retryable || made === ATTEMPTS)',
      'if (made === ATTEMPTS)',
    ],
    ['a list goes on after it was stopped', 'if (signal?.aborted === true) throw error', ''],
  ]),
}

/** Defects in the ids of writes and in how calls are repeated. */
export const coreRetries: readonly MutantPart[] = [versions, retries, apart]
