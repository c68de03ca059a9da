import { and, eq, type Said } from '../policy-oracle/said.ts'
import { truthOf } from '../policy-oracle/verdict.ts'
import { type Pair, type Piece, textOf } from './target.ts'

/** The records of each partition of the key. */
export const groups = ({ target }: Pair): readonly (readonly [Said, readonly Piece[]])[] => {
  const { partition } = target.model.key
  const texts = new Map<string, Said>()
  for (const { row } of target.pieces)
    texts.set(
      textOf(partition.map((field) => row[field])),
      and(...partition.map((field) => eq(field, row[field] as string))),
    )
  return [...texts.values()].map((said) => [
    said,
    target.pieces.filter(({ row }) => truthOf(said, row, {}) === true),
  ])
}
