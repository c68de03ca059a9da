import { ACTOR_SHAPES } from './actor-shapes.ts'
import { GENERATED_SHAPES } from './generated-shapes.ts'
import { LOGIC_SHAPES } from './logic-shapes.ts'
import type { Shape } from './shape.ts'
import { VALUE_SHAPES } from './value-shapes.ts'

/** All shapes, named once each. */
export const SHAPES: readonly Shape[] = [
  ...VALUE_SHAPES,
  ...LOGIC_SHAPES,
  ...ACTOR_SHAPES,
  ...GENERATED_SHAPES,
]
