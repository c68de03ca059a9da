import { status } from '@grpc/grpc-js'
import { Failure, invalid, preconditionFailed } from '../failure.ts'
import type { Stored } from '../storage.ts'
import { toMicros } from '../time.ts'
import type { Precondition } from '../wire/document.ts'

/**
 * Checks what a write demands of the document it meets.
 * @throws ALREADY_EXISTS, NOT_FOUND, FAILED_PRECONDITION, INVALID_ARGUMENT
 */
export const checkPrecondition = (
  name: string,
  current: Stored | undefined,
  precondition: Precondition | null,
): void => {
  if (precondition === null || precondition.conditionType === undefined) return
  const { exists, updateTime } = precondition
  if (exists === false && current !== undefined)
    throw new Failure(status.ALREADY_EXISTS, `Document already exists: ${name}`)
  if (exists === true && current === undefined)
    throw new Failure(status.NOT_FOUND, `No document to update: ${name}`)
  if (updateTime === undefined) return
  if (updateTime.nanos % 1000 !== 0)
    throw invalid('The update_time of a precondition must be aligned to microseconds.')
  const [stored, required] = [current?.updateTime ?? 0n, toMicros(updateTime)]
  if (stored !== required)
    throw preconditionFailed(
      `the stored version (${stored}) does not match the required base version (${required})`,
    )
}
