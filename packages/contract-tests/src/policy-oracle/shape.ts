import type { Said, SaidRule } from './said.ts'

/**
 * What the rules of a shape let the actors see of the records: a proper part for at least one of them,
 * none or all for every one, or none for some and all for the others.
 */
export type Expects = 'some' | 'none' | 'all' | 'by actor'

/** One hostile shape of rules. */
export interface Shape {
  readonly name: string
  readonly rules: readonly SaidRule[]
  readonly expects: Expects
}

const isRule = (one: Said | SaidRule): one is SaidRule => 'effect' in one

/** A shape that tells records apart: rules, or the condition of a single allow. */
export const shape = (name: string, ...given: readonly (Said | SaidRule)[]): Shape => ({
  name,
  rules: given.map((one) => (isRule(one) ? one : { effect: 'allow', roles: 'one', when: one })),
  expects: 'some',
})

/** The same, of which it is known that it tells nothing apart. */
export const flat = (
  expects: Exclude<Expects, 'some'>,
  name: string,
  ...given: readonly (Said | SaidRule)[]
): Shape => ({ ...shape(name, ...given), expects })
