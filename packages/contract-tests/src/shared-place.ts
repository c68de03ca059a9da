import type { Driver } from '@holdfast/core'
import { HoldfastError } from '@holdfast/core/driver'

const CALLS = new Set<PropertyKey>(['get', 'write', 'query', 'sweep', 'changes'])

/**
 * For a store that lives in one process, such as `memory()`: an `open` for the harness whose drivers
 * share `driver`, each closed by itself. `dispose` closes the driver underneath.
 */
export const sharedPlace = (
  driver: Driver,
): { open(): Promise<Driver>; dispose(): Promise<void> } => ({
  open: async () => {
    let isClosed = false
    const close = async (): Promise<void> => {
      isClosed = true
    }
    const call =
      (method: (...args: unknown[]) => unknown) =>
      (...args: unknown[]): unknown => {
        if (isClosed)
          throw new HoldfastError('MISCONFIGURED', 'This store is closed; open it anew.')
        return method.apply(driver, args)
      }
    return new Proxy(driver, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (name === 'close') return close
        return CALLS.has(name) ? call(member as (...args: unknown[]) => unknown) : member
      },
    })
  },
  dispose: () => driver.close(),
})
