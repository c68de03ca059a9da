/** One operation of a transaction on lists: what it read, or what it appended. */
export type ListStep =
  | { readonly do: 'read'; readonly key: string; readonly found: readonly string[] }
  | { readonly do: 'append'; readonly key: string; readonly items: readonly string[] }

/** One transaction as its caller saw it. Items are unique in the whole history. */
export interface ListTransaction {
  readonly name: string
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  readonly steps: readonly ListStep[]
  /** When it began and ended, on one clock. */
  readonly began: number
  readonly ended: number
}

/** All transactions, and the lists as they are in the end. */
export interface ListHistory {
  readonly transactions: readonly ListTransaction[]
  readonly final: Readonly<Record<string, readonly string[]>>
}
