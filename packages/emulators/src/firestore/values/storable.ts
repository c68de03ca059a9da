import { toMicros, toTimestamp } from '../time.ts'
import type { Fields, Value } from '../wire/value.ts'

const storableValue = (value: Value): Value => {
  if (value.valueType === 'timestampValue')
    return { ...value, timestampValue: toTimestamp(toMicros(value.timestampValue)) }
  if (value.valueType === 'arrayValue')
    return { ...value, arrayValue: { values: value.arrayValue.values.map(storableValue) } }
  if (value.valueType === 'mapValue')
    return { ...value, mapValue: { fields: storable(value.mapValue.fields) } }
  return value
}

/** The fields as the service keeps them: timestamps in whole microseconds, rounded down. */
export const storable = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, storableValue(value)]))
