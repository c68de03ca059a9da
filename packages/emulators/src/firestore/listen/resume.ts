import { toMicros } from '../time.ts'
import type { Target } from '../wire/listen.ts'

/** How long a stream may be away and still go on where it was: 30 minutes. */
const RESUME_MICROS = 1_800_000_000n

/** Where a listener was: a moment, in a database that has not been cleared since. */
export class ResumePoints {
  #generation = 1

  /** Makes all tokens that were given before too old. */
  invalidate(): void {
    this.#generation++
  }

  /** The token of a moment. */
  tokenOf(time: bigint): Buffer {
    return Buffer.from(`${this.#generation}:${time}`)
  }

  /** The moment from which a target goes on; undefined when it begins, 'lost' when that is too long ago. */
  of(target: Target, latest: bigint): bigint | 'lost' | undefined {
    const time = this.#timeOf(target)
    return time === undefined || time === 'lost' || time >= latest - RESUME_MICROS ? time : 'lost'
  }

  #timeOf({ resumeToken, readTime }: Target): bigint | 'lost' | undefined {
    if (readTime !== undefined) return toMicros(readTime)
    if (resumeToken === undefined || resumeToken.length === 0) return undefined
    const [generation, time] = resumeToken.toString().split(':')
    const isOurs = Number(generation) === this.#generation && /^\d+$/.test(time ?? '')
    return isOurs ? BigInt(time ?? 0) : 'lost'
  }
}
