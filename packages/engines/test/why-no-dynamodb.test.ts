import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whyNoDynamodb } from '@holdfast/engines'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hasContainers } from '../src/containers.ts'

const REASON =
  /Put Java 17 or later on PATH .* JAVA_HOME, or start a container engine, or .* HOLDFAST_DYNAMODB_ENDPOINT\.$/

// A machine without Java, a named server or a duty to have either.
beforeEach(() => {
  vi.stubEnv('JAVA_HOME', '/no/java/here')
  vi.stubEnv('HOLDFAST_DYNAMODB_ENDPOINT', undefined)
  vi.stubEnv('HOLDFAST_REQUIRE_ENGINES', undefined)
})
afterEach(() => vi.unstubAllEnvs())

/** What is said on a machine whose `java -version` prints that. */
const withJava = async (words: string): Promise<string | undefined> => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-java-'))
  try {
    await mkdir(join(home, 'bin'))
    await writeFile(join(home, 'bin/java'), `#!/bin/sh\necho '${words}' >&2\n`)
    await chmod(join(home, 'bin/java'), 0o755)
    vi.stubEnv('JAVA_HOME', home)
    return await whyNoDynamodb()
  } finally {
    await rm(home, { recursive: true })
  }
}

test.skipIf(await hasContainers())(
  'without any engine, the reason names the ways out',
  async () => {
    expect(await whyNoDynamodb()).toMatch(REASON)
  },
)

test('a server named in the environment is an engine', async () => {
  vi.stubEnv('HOLDFAST_DYNAMODB_ENDPOINT', 'http://127.0.0.1:8000')
  expect(await whyNoDynamodb()).toBeUndefined()
})

test('nothing is left out where engines are required', async () => {
  vi.stubEnv('HOLDFAST_REQUIRE_ENGINES', '1')
  expect(await whyNoDynamodb()).toBeUndefined()
})

// The stand-in for Java is a shell script.
const isUnlike = (await hasContainers()) || process.platform === 'win32'

test.skipIf(isUnlike)('a Java that is too old is no engine', async () => {
  const reason = await withJava('openjdk version "1.8.0_392"')
  expect(reason).toMatch(/is Java 8\. /)
  expect(reason).toMatch(REASON)
  expect(await withJava('openjdk version "16.0.2"')).toMatch(/is Java 16\. /)
})

test.skipIf(isUnlike)('a Java that is new enough is one', async () => {
  expect(await withJava('openjdk version "17.0.15" 2025-04-15')).toBeUndefined()
  expect(await withJava('openjdk version "25" 2025-09-16')).toBeUndefined()
})
