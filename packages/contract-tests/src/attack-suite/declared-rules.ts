/** The rules of a policy, as data of core's, in the words of the kit's own evaluator. */
import type { Operation, Policy, Rule } from '@holdfast/core'
import type { Given, Said, SaidRule } from '../policy-oracle/said.ts'

const given = (operand: unknown): Given =>
  typeof operand === 'object' && operand !== null && 'actor' in operand
    ? { me: (operand as { readonly actor: string }).actor }
    : (operand as Given)

const said = (filter: Rule['when']): Said => {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, of: filter.of.map(said) }
    case 'not':
      return { op: 'not', of: [said(filter.of)] }
    case 'const':
    case 'isNull':
    case 'exists':
      return filter
    case 'in':
      return {
        op: 'in',
        field: filter.field,
        values: Array.isArray(filter.values)
          ? filter.values.map(given)
          : (given(filter.values) as { readonly me: string }),
      }
    default:
      return { op: filter.op, field: filter.field, value: given(filter.value) }
  }
}

/** Rules by operation, as the kit's evaluator takes them. */
export type DeclaredRules = Readonly<Record<Operation, readonly SaidRule[]>>

const saidRule = ({ effect, roles, when, check, fields, reveal, on }: Rule): SaidRule => ({
  effect,
  roles,
  when: said(when),
  check: said(check),
  fields,
  reveal,
  on,
})

/** The rules of a policy; none where the entity has no policy. */
export const declaredRules = (policy: Policy | undefined): DeclaredRules => ({
  read: (policy?.rules.read ?? []).map(saidRule),
  create: (policy?.rules.create ?? []).map(saidRule),
  update: (policy?.rules.update ?? []).map(saidRule),
  delete: (policy?.rules.delete ?? []).map(saidRule),
})
