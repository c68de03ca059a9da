import { startDynamodb, startPostgres, whyNoDynamodb } from '@holdfast/engines'
import type { EngineName } from './mutant.ts'

/** Servers that run, and how commands find them. */
export interface Engines {
  readonly environment: Readonly<Record<string, string>>
  /** Stops those that were started here. */
  stop(): Promise<void>
}

interface Started {
  readonly variable: string
  readonly address: string
  readonly stop: () => Promise<void>
}

const START: Readonly<Record<EngineName, () => Promise<Started>>> = {
  dynamodb: async () => {
    const engine = await startDynamodb()
    const { endpoint: address } = engine
    return { variable: 'HOLDFAST_DYNAMODB_ENDPOINT', address, stop: () => engine.stop() }
  },
  postgres: async () => {
    const engine = await startPostgres()
    return { variable: 'HOLDFAST_POSTGRES_URL', address: engine.url, stop: () => engine.stop() }
  },
}

/** Starts each server once, so that no command of a group has to. */
export const startEngines = async (names: readonly EngineName[]): Promise<Engines> => {
  const started: Started[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((one) => one.stop()))
  }
  try {
    for (const name of names) started.push(await START[name]())
  } catch (error) {
    await stop()
    throw error
  }
  return {
    environment: Object.fromEntries(started.map(({ variable, address }) => [variable, address])),
    stop,
  }
}

/** Why the servers of a group cannot run on this machine; `undefined` when they can, or must. */
export const whyNoEngines = async (names: readonly EngineName[]): Promise<string | undefined> =>
  names.includes('dynamodb') ? whyNoDynamodb() : undefined
