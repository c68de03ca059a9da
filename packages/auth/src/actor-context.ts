import { AsyncLocalStorage } from 'node:async_hooks'
import { type ActorShape, HoldfastError, type ScopedStore, type Store } from '@holdfast/core'

/** Carries the actor of a request to everything that the request calls. Made by `actorContext`. */
export interface ActorContext<E, A extends ActorShape> {
  /**
   * Runs `fn` for this actor and returns what it returns. `scoped()` is the store as this actor sees
   * it in `fn` and in everything that `fn` starts: promises, timers, microtasks, listeners it calls. The
   * actor is checked and copied first; later changes of the object do nothing. Calls nest: inside of
   * the inner one its actor holds, after it the outer one's again.
   * @throws `INVALID` for an actor that the store refuses, and whatever `fn` throws
   */
  readonly withActor: <T>(actor: A, fn: () => T) => T
  /**
   * The store as the actor of the surrounding `withActor` sees it: always the same object within it.
   * @throws `UNAUTHENTICATED` outside of every `withActor`
   */
  readonly scoped: () => ScopedStore<E>
}

/**
 * Makes `withActor` and `scoped` for a store. Contexts of different stores, and two contexts of one
 * store, know nothing of each other: make one per store and process.
 */
export const actorContext = <E, A extends ActorShape>(store: Store<E, A>): ActorContext<E, A> => {
  const current = new AsyncLocalStorage<ScopedStore<E>>()
  return {
    withActor: (actor, fn) => {
      if (typeof fn !== 'function')
        throw new HoldfastError('INVALID', 'withActor(actor, fn) needs a function to run.')
      return current.run(store.as(actor), fn)
    },
    scoped: () => {
      const found = current.getStore()
      if (found !== undefined) return found
      throw new HoldfastError(
        'UNAUTHENTICATED',
        'There is no actor here. Call this within withActor(actor, fn), or bind a callback that runs later with AsyncResource.bind.',
      )
    },
  }
}
