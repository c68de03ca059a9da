import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const OLDEST = 17

/** Major version that `java -version` prints, such as 17 of `17.0.15` and 8 of `1.8.0_392`. */
const majorOf = (words: string): number => {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(words) ?? []
  return Number(first === '1' ? second : first)
}

/**
 * Path of a Java that is new enough: the one in JAVA_HOME, else the one on PATH.
 * Throws what to do where there is none.
 * @param wayOut what else the caller could be given instead of a Java.
 */
export const findJava = async (wayOut: string): Promise<string> => {
  const home = process.env['JAVA_HOME']
  const java = home ? join(home, 'bin', 'java') : 'java'
  const advice = `Put Java ${OLDEST} or later on PATH or name its folder in JAVA_HOME, or ${wayOut}.`
  const { stderr } = await promisify(execFile)(java, ['-version']).catch((error: unknown) => {
    throw new Error(`${java} does not run. ${advice}`, { cause: error })
  })
  const major = majorOf(stderr)
  if (!(major >= OLDEST)) throw new Error(`${java} is Java ${major}. ${advice}`)
  return java
}
