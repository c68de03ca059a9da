import { keyFields } from './driver-helpers.ts'
import type { CallOptions, ChangeDriver, Driver } from './driver.ts'
import { HoldfastError } from './error.ts'
import { isExpired, present, type Scope } from './scope.ts'
import type { Fields } from './shape.ts'

/** One change of one record. */
export interface RawChange {
  readonly type: 'upsert' | 'delete'
  readonly key: Fields
  readonly record?: Fields
  /** Resumes behind this change. Opaque, and trusted: keep it on the server. */
  readonly cursor: string
}

const isFeed = (driver: Driver): driver is ChangeDriver =>
  driver.capabilities.changes !== 'none' && 'changes' in driver

/**
 * `repository.changes`: at least once, in order per key, until the signal aborts.
 * @throws `FORBIDDEN` for an actor; `UNSUPPORTED` where the store has no change feed.
 */
export const changes = (
  scope: Scope,
  options: CallOptions & { readonly from?: string },
): AsyncIterable<RawChange> => {
  const { driver } = scope.runtime
  const { model } = scope
  if (!scope.access.isUnrestricted)
    throw new HoldfastError(
      'FORBIDDEN',
      `Changes of ${model.name} are read through store.unrestricted(reason) only.`,
      { entity: model.name },
    )
  if (!isFeed(driver))
    throw new HoldfastError(
      'UNSUPPORTED',
      `${driver.name} has no change feed here (capability changes).`,
      { entity: model.name },
    )
  return follow(scope, driver, options)
}

async function* follow(
  scope: Scope,
  driver: ChangeDriver,
  options: CallOptions & { readonly from?: string },
): AsyncGenerator<RawChange> {
  for await (const { type, key, record, position } of driver.changes(
    scope.model,
    options.from,
    options,
  )) {
    const named = Object.fromEntries(keyFields(scope.model).map((name, at) => [name, key[at]]))
    const isGone = record === undefined || isExpired(scope, record)
    if (type === 'delete' || isGone) yield { type: 'delete', key: named, cursor: position }
    else yield { type, key: named, record: present(scope, record), cursor: position }
  }
}
