import { HoldfastError } from '@holdfast/core'

/** An `INVALID` error about an option: `Option <name> <rule>`. */
export const invalid = (option: string, rule: string): HoldfastError =>
  new HoldfastError('INVALID', `Option ${option} ${rule}`, { field: option })
