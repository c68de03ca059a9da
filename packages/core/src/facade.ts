import type { Scope } from './scope.ts'
import { ScopedRepository } from './scoped-repository.ts'
import { runTransaction, type TransactionOptions } from './transaction.ts'

/** Makes one actor's view of a store from the scope it has of each entity. */
export type Facade = (scopeOf: (name: string) => Scope, coalesce: boolean) => object

const REPOSITORY = Symbol('repository')
const SCOPE = Symbol('scope')

interface View {
  readonly [REPOSITORY]: (name: string) => ScopedRepository
  readonly [SCOPE]: (name: string) => Scope
}

/**
 * Repositories by name, and `transaction`. What is the same for all actors is made once; an actor's
 * scopes and repositories are made when first used, so that binding an actor is cheap.
 */
export const createFacade = (names: readonly string[]): Facade => {
  const prototype = {
    get transaction() {
      const { [SCOPE]: scope } = this as unknown as View
      return (fn: never, options: TransactionOptions = {}): Promise<unknown> =>
        runTransaction(names, scope, fn, options)
    },
  }
  for (const name of names)
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: View) {
        return this[REPOSITORY](name)
      },
    })
  return (scopeOf, coalesce) => {
    const scopes = new Map<string, Scope>()
    const repositories = new Map<string, ScopedRepository>()
    const scope = (name: string): Scope => {
      const known = scopes.get(name) ?? scopeOf(name)
      scopes.set(name, known)
      return known
    }
    const repository = (name: string): ScopedRepository => {
      const known = repositories.get(name) ?? new ScopedRepository(scope(name), coalesce)
      repositories.set(name, known)
      return known
    }
    const view = Object.create(prototype) as Record<symbol, unknown>
    view[REPOSITORY] = repository
    view[SCOPE] = scope
    return Object.freeze(view)
  }
}
