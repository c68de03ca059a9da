// A process that writes until it is killed: crash-writer.ts <store> <address> <name>. Prints each mark once it is told
// that it is written.
import { append, increment, isHoldfastError } from '@holdfast/core'
import { openLedgers, SHARED } from './crash-entity.ts'

const [store = '', address = '', name = ''] = process.argv.slice(2)
const { db } = openLedgers(store, address)
await db.ledgers.create({ id: name, count: 0, marks: [] })
for (let made = 0; ; made += 1) {
  const mark = `${name}.${made}`
  try {
    await db.transaction(async (tx) => {
      await tx.ledgers.update({ id: name }, { marks: append(mark) })
      await tx.ledgers.update({ id: SHARED }, { count: increment(1) })
    })
    process.stdout.write(`${mark}\n`)
  } catch (error) {
    if (!isHoldfastError(error)) throw error
  }
}
