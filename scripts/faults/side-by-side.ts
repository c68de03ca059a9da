import { spawn } from 'node:child_process'

// They wait more than they work.
const AT_ONCE = 3

/** Runs this script once per list of arguments, a few at a time, and prints each output whole. */
export const runEach = async (
  script: string,
  lists: readonly (readonly string[])[],
): Promise<boolean> => {
  const waiting = [...lists]
  let isGood = true
  const work = async (): Promise<void> => {
    for (let args = waiting.shift(); args !== undefined; args = waiting.shift()) {
      const { code, output } = await run([script, ...args])
      process.stdout.write(`${output}\n`)
      isGood &&= code === 0
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return isGood
}

const run = (args: readonly string[]): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()))
    child.on('error', reject).on('close', (code) => resolve({ code, output }))
  })
