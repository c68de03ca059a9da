import { isHoldfastError } from '@holdfast/core'
import { type Accounts, BRANCH, STABLE } from './accounts.ts'
import type { World } from './world.ts'

const READINGS = 2
const MOST_TRIES = 200

/** Reads all accounts along an index that lags, one per page, going on where a page failed. */
const readOnce = async (db: Accounts, world: World): Promise<readonly string[]> => {
  const ids: string[] = []
  let cursor: string | undefined
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const from = cursor === undefined ? {} : { cursor }
    try {
      const page = await db.accounts.find({ where: { branch: BRANCH }, limit: 1, ...from })
      ids.push(...page.items.map(({ id }) => id))
      cursor = page.cursor
      if (cursor === undefined) return ids
    } catch (error) {
      if (!isHoldfastError(error)) throw error
    }
    await world.sleep(world.below(200))
  }
  return [...ids, 'no end']
}

/** What is wrong with readings of all accounts while others write. */
export const readAll = async (db: Accounts, world: World): Promise<readonly string[]> => {
  const broken: string[] = []
  for (let made = 0; made < READINGS; made += 1) {
    const ids = await readOnce(db, world)
    for (const id of STABLE) {
      const times = ids.filter((one) => one === id).length
      if (times !== 1) broken.push(`stable account ${id} is read ${times} times`)
    }
    if (ids.some((id, at) => at > 0 && id <= (ids[at - 1] ?? '')))
      broken.push(`accounts are read in the order ${ids.join(' ')}`)
  }
  return broken
}
