import * as z from 'zod'
import {
  append,
  createStore,
  defineActor,
  defineEntity,
  type Environment,
  increment,
} from '@holdfast/core'
import type { Driver } from '@holdfast/core/driver'

const Account = defineEntity('account', {
  schema: z.object({
    id: z.string(),
    branch: z.string(),
    sum: z.int(),
    open: z.boolean(),
    marks: z.array(z.string()),
    revision: z.string(),
  }),
  key: { partition: ['id'] },
  indexes: { byBranch: { partition: ['branch'], sort: ['id'] } },
  version: 'revision',
})
const actor = defineActor(z.object({ roles: z.array(z.string()) }))

/** One process with its own clock. */
export const openAccounts = (adapter: Driver, clock: Partial<Environment>) =>
  createStore({ adapter, entities: { accounts: Account }, actor, clock }).unrestricted('simulation')

/** What `openAccounts` returns. */
export type Accounts = ReturnType<typeof openAccounts>

/** The accounts there are. */
export const KEYS = ['k0', 'k1'] as const

/** The branch of all accounts. */
export const BRANCH = 'main'

/** Accounts that nobody changes, among those that change. */
export const STABLE = ['a', 'k00', 'k01', 'z0', 'z1'] as const

/** One change: adds an amount, leaves a mark, or both, so that it can be found again. */
export interface Change {
  readonly kind: Kind
  readonly id: string
  readonly mark: string
  readonly amount: number
  /** Whether a `toggle` opens. */
  readonly opens: boolean
}

type Run = (db: Accounts, change: Change) => Promise<unknown>

/** Takes from the first account what it gives to the second. */
const transfer: Run = (db, { mark, amount }) =>
  db.transaction(async (tx) => {
    for (const [at, id] of KEYS.entries()) {
      const row = await tx.accounts.get({ id })
      const sum = (row?.sum ?? 0) + (at === 0 ? -amount : amount)
      await tx.accounts.update({ id }, { sum, marks: [...(row?.marks ?? []), mark] })
    }
  })

const replace: Run = async (db, { id, mark, amount }) => {
  const row = await db.accounts.get({ id })
  if (row === undefined) return
  const next = { sum: row.sum + amount, marks: [...row.marks, mark] }
  await db.accounts.update({ id }, next, { ifVersion: row.revision })
}

/** Changes what an index that lags says is open, if it is so in truth. */
const markOpen: Run = (db, { mark }) =>
  db.accounts.updateWhere(
    { where: { branch: BRANCH, open: true }, index: 'byBranch' },
    { marks: append(mark) },
  )

const create: Run = (db, { mark, amount }) =>
  db.accounts.create({ id: mark, branch: BRANCH, sum: amount, open: false, marks: [mark] })

const RUNS = {
  create,
  markOpen,
  add: (db, { id, amount }) => db.accounts.update({ id }, { sum: increment(amount) }),
  addIfOpen: (db, { id, amount }) =>
    db.accounts.update({ id }, { sum: increment(amount) }, { if: { open: true } }),
  mark: (db, { id, mark }) => db.accounts.update({ id }, { marks: append(mark) }),
  addAndMark: (db, { id, amount, mark }) =>
    db.accounts.update({ id }, { sum: increment(amount), marks: append(mark) }),
  toggle: (db, { id, opens }) => db.accounts.update({ id }, { open: opens }),
  replace,
  transfer,
} satisfies Record<string, Run>

/** How an account is changed. */
export type Kind = keyof typeof RUNS

/** All kinds of changes. */
export const KINDS = Object.keys(RUNS) as readonly Kind[]

/** Carries out one change. */
export const carryOut: Run = (db, change) => RUNS[change.kind](db, change)

/** Whether everybody changes an account. */
export const isShared = (account: string): boolean => KEYS.some((key) => key === account)

/** What a change adds to an account when it is applied. */
export const amountOn = ({ kind, id, amount }: Change, account: string): number => {
  if (kind === 'transfer') return account === KEYS[0] ? -amount : amount
  return id === account && ['add', 'addIfOpen', 'addAndMark', 'replace'].includes(kind) ? amount : 0
}

/** Whether a change leaves its mark on an account when it is applied. */
export const marks = ({ kind, id, mark }: Change, account: string): boolean =>
  (kind === 'transfer' && isShared(account)) ||
  (kind === 'create' && account === mark) ||
  (id === account && ['mark', 'addAndMark', 'replace'].includes(kind))

/** Whether a change may leave its mark on an account, without its caller being told where. */
export const mayMark = ({ kind }: Change, account: string): boolean =>
  kind === 'markOpen' && isShared(account)
