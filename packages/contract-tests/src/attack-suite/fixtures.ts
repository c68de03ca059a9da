import { type ActorShape, type EntityTypes, HoldfastError, type InputOf } from '@holdfast/core'

type TypesOf<E> = E extends { readonly '~types'?: infer T } ? Extract<T, EntityTypes> : never

/** Who attacks, and what. */
export interface AttackFixtures<E, A extends ActorShape> {
  /** By any name. The more they differ in roles, tenant and attributes, the more is attacked. */
  readonly actors: Readonly<Record<string, A>>
  /**
   * Records of every repository, by its name. Values to write are taken from the other records of the
   * entity, so give at least two that differ in every field.
   */
  readonly records: { readonly [N in keyof E]: readonly InputOf<TypesOf<E[N]>>[] }
}

/** The fixtures without the types of the store. */
export interface LooseFixtures {
  readonly actors: Readonly<Record<string, unknown>>
  readonly records: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

const refuse = (rule: string): never => {
  throw new HoldfastError('INVALID', `attackSuite ${rule}`)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** @throws `INVALID` when something to attack with, or to attack, is missing or names no repository. */
export const checkFixtures = (
  fixtures: unknown,
  repositories: readonly string[],
): LooseFixtures => {
  const { actors, records } = (isObject(fixtures) ? fixtures : {}) as Partial<LooseFixtures>
  if (!isObject(actors) || Object.keys(actors).length === 0)
    return refuse('needs actors: { actors: { name: { … } } }.')
  if (!isObject(records)) return refuse('needs records: { records: { repository: [ { … } ] } }.')
  for (const name of Object.keys(records))
    if (!repositories.includes(name))
      refuse(`has records of ${name}, which is no repository; use ${repositories.join(', ')}.`)
  for (const name of repositories)
    if (!Array.isArray(records[name]) || records[name].length === 0)
      refuse(`needs records of ${name}: what has none is not attacked.`)
  return { actors, records }
}
