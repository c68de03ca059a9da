import type { Suite } from '../case.ts'
import { attributeAttacks, principalAttacks } from './actor-attributes.ts'
import { cacheAttacks } from './actor-caches.ts'
import { cursorAttacks } from './actor-cursors.ts'
import { doorAttacks } from './actor-doors.ts'
import { actorAttacks } from './actors.ts'
import { maskDoorAttacks } from './mask-doors.ts'
import { maskWordAttacks } from './mask-words.ts'
import { maskWriteAttacks } from './mask-writes.ts'
import { maskAttacks } from './masks.ts'
import { answerAttacks } from './row-answers.ts'
import { indexAttacks } from './row-indexes.ts'
import { inputAttacks } from './row-input.ts'
import { nameAttacks } from './row-names.ts'
import { operatorAttacks } from './row-operators.ts'
import { unknownAttacks } from './row-unknowns.ts'
import { rowAttacks } from './rows.ts'
import { batchAttacks } from './write-batches.ts'
import { fieldAttacks } from './write-fields.ts'
import { putAttacks } from './write-puts.ts'
import { raceAttacks } from './write-races.ts'
import { writeAttacks } from './writes.ts'

/** One suite of several files' cases. */
const joined = (first: Suite, ...rest: readonly Suite[]): Suite => ({
  name: first.name,
  cases: [first, ...rest].flatMap(({ cases }) => cases),
  models: [...new Set([first, ...rest].flatMap(({ models }) => models ?? []))],
})

/**
 * What has been tried against the policies of others, each named `attack NN: …` with the number of the
 * attack: 1 to 14 on masks, 15 to 32 on rows, 33 to 47 on writes, 48 to 60 on actors.
 */
export const attackSuites: readonly Suite[] = [
  joined(maskAttacks, maskDoorAttacks, maskWriteAttacks, maskWordAttacks),
  joined(
    rowAttacks,
    unknownAttacks,
    inputAttacks,
    operatorAttacks,
    principalAttacks,
    nameAttacks,
    answerAttacks,
    indexAttacks,
  ),
  joined(writeAttacks, putAttacks, fieldAttacks, raceAttacks, batchAttacks),
  joined(actorAttacks, attributeAttacks, cacheAttacks, cursorAttacks, doorAttacks),
]
