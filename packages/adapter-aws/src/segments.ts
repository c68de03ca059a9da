import { HoldfastError } from '@holdfast/core/driver'

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
const MAX_SEGMENTS = 1_000_000

/** Names of so many parts of a table: number and count. */
export const segmentsOf = (count: number): readonly string[] => {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_SEGMENTS)
    throw new HoldfastError('INVALID', `DynamoDB scans in 1 to ${MAX_SEGMENTS} segments.`)
  return Array.from({ length: count }, (_, at) => `${at}/${count}`)
}

/** The members of a scan of one segment. @throws `INVALID` for what is no name of one. */
export const segmentInput = (
  segment: string,
): { readonly Segment: number; readonly TotalSegments: number } => {
  const [, at, count] = /^(\d{1,7})\/(\d{1,7})$/.exec(segment) ?? []
  const [Segment, TotalSegments] = [Number(at), Number(count)]
  if (Segment < TotalSegments && TotalSegments <= MAX_SEGMENTS) return { Segment, TotalSegments }
  throw new HoldfastError('INVALID', 'This is no segment of a table of DynamoDB.')
}
