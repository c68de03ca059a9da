import { status } from '@grpc/grpc-js'
import { Failure } from '../failure.ts'
import type { Caller } from '../rpc/call.ts'
import type { Fault } from './fault.ts'
import { retryInfo } from './retry-info.ts'

/** No answer is to be sent: the connection is to be closed, or the call left open. */
export class Silence {
  readonly drop: boolean
  constructor(drop: boolean) {
    this.drop = drop
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const before = async (fault: Fault | undefined): Promise<Silence | undefined> => {
  if (fault?.kind === 'refuse')
    throw new Failure(status[fault.code], fault.message ?? 'A fault of the emulator.')
  if (fault?.kind === 'throttle') {
    const failure = new Failure(status.RESOURCE_EXHAUSTED, 'Quota exceeded.')
    failure.metadata = retryInfo(failure.code, failure.message, fault.retryAfterMs)
    throw failure
  }
  if (fault?.kind === 'drop') return new Silence(true)
  if (fault?.kind === 'hang' && fault.when === 'before') return new Silence(false)
  if (fault?.kind === 'delay') await sleep(fault.ms)
  return undefined
}

const repeat = async <T>(handle: () => Promise<T>, answer: 'first' | 'last'): Promise<T> => {
  const [first] = await Promise.allSettled([handle()])
  const [last] = await Promise.allSettled([handle()])
  const chosen = answer === 'first' ? first : last
  if (chosen.status === 'fulfilled') return chosen.value
  throw chosen.reason
}

/** Answers a request as its fault has it. @throws what the handler or the fault throws */
export const withFault = async <T>(
  fault: Fault | undefined,
  caller: Caller,
  handle: (caller: Caller) => T | Promise<T>,
): Promise<T | Silence> => {
  const silence = await before(fault)
  if (silence !== undefined) return silence
  const run = async (): Promise<T> => handle(caller)
  if (fault?.kind === 'repeat') return repeat(run, fault.answer ?? 'first')
  if (fault?.kind === 'hang') {
    await Promise.allSettled([run()])
    return new Silence(false)
  }
  if (fault?.kind !== 'lose-answer') return run()
  await Promise.allSettled([run()])
  if (fault.by === 'drop') return new Silence(true)
  throw new Failure(status.UNAVAILABLE, 'The connection was lost.')
}
