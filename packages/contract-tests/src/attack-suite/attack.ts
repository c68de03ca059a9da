import type { Stage } from './stage.ts'
import { onPair, type Pair } from './target.ts'

/** One kind of attack: its name, beginning with the numbers of the attacks it generalises, and how it goes. */
export interface Attack {
  readonly name: string
  readonly run: (stage: Stage) => Promise<void>
}

/** An attack on each entity by each actor. */
export const byPair = (name: string, run: (pair: Pair, stage: Stage) => Promise<void>): Attack => ({
  name,
  run: async (stage) => {
    for (const pair of stage.pairs) await onPair(pair, () => run(pair, stage))
  },
})
