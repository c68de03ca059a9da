import { compileFilter, type Filter, type Test } from './filter.ts'
import type { Rule } from './policy.ts'
import type { RuleList } from './rule-set.ts'
import type { Fields } from './shape.ts'

/** A rule with the actor's values in place, bound and compiled when first needed. */
export class BoundRule {
  readonly rule: Rule
  readonly #bind: (filter: Filter) => Filter
  #when: Filter | undefined
  #check: Filter | undefined
  #whenTest: Test | undefined
  #checkTest: Test | undefined

  constructor(rule: Rule, bind: (filter: Filter) => Filter) {
    this.rule = rule
    this.#bind = bind
  }

  get when(): Filter {
    return (this.#when ??= this.#bind(this.rule.when))
  }

  get check(): Filter {
    return (this.#check ??= this.#sharesCheck ? this.when : this.#bind(this.rule.check))
  }

  get whenTest(): Test {
    return (this.#whenTest ??= compileFilter(this.when))
  }

  get checkTest(): Test {
    return (this.#checkTest ??= this.#sharesCheck ? this.whenTest : compileFilter(this.check))
  }

  get #sharesCheck(): boolean {
    return this.rule.check === this.rule.when
  }
}

/** The rules of one operation and effect as one actor meets them. */
export class BoundRules {
  readonly #list: RuleList
  readonly #bind: (filter: Filter) => Filter
  readonly #bound: BoundRule[] = []

  constructor(list: RuleList, bind: (filter: Filter) => Filter) {
    this.#list = list
    this.#bind = bind
  }

  get rules(): readonly Rule[] {
    return this.#list.rules
  }

  /** Fields of the new record that a write must know to be decided by these rules. */
  get reads(): readonly string[] {
    return this.#list.reads
  }

  get all(): readonly BoundRule[] {
    return this.rules.map((_, at) => this.#at(at))
  }

  /** A rule that holds of a record (an allow where true, a deny where not false) and fits. */
  find(
    record: Readonly<Fields>,
    fits: (rule: BoundRule) => boolean = () => true,
  ): BoundRule | undefined {
    const isAllow = this.#list.effect === 'allow'
    const position = this.#list.find(record, (at) => {
      const rule = this.#at(at)
      const truth = rule.whenTest(record)
      return (isAllow ? truth === true : truth !== false) && fits(rule)
    })
    return position === undefined ? undefined : this.#at(position)
  }

  #at(position: number): BoundRule {
    return (this.#bound[position] ??= new BoundRule(this.rules[position] as Rule, this.#bind))
  }
}
