import { invalid } from '../error.ts'
import { closedPolicy, type Policy } from '../policy.ts'
import type { Declared } from '../store-types.ts'

/** A store, as far as the tools look at it. */
export interface DeclaredStore {
  readonly declared: Declared
}

/** The policy of an entity, by the name of its repository; a closed one where it has none. @throws `INVALID` */
export const policyOf = ({ declared }: DeclaredStore, name: string): Policy => {
  const entity = Object.hasOwn(declared.entities, name) ? declared.entities[name] : undefined
  if (entity === undefined)
    throw invalid(
      `This store has no repository ${name}; it has ${Object.keys(declared.entities).join(', ')}.`,
      undefined,
      'entity',
    )
  const own = declared.policies.find((policy) => policy.entity === entity.model)
  return own ?? closedPolicy(entity.model)
}
