/** Time, chance and waiting that a test owns: sleeping moves the clock and returns at once. */
export interface VirtualClock {
  now(): number
  random(): number
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** Every pause taken, in milliseconds. */
  readonly pauses: number[]
  /** What `random` returns. */
  chance: number
  /** Milliseconds since 1970. */
  time: number
  /** Called on every sleep. */
  onSleep: () => void
}

export const virtualClock = (time: number = Date.UTC(2026, 10, 23)): VirtualClock => {
  const clock: VirtualClock = {
    now: () => clock.time,
    random: () => clock.chance,
    sleep: async (milliseconds) => {
      clock.pauses.push(milliseconds)
      clock.time += milliseconds
      clock.onSleep()
    },
    pauses: [],
    chance: 0.5,
    time,
    onSleep: () => undefined,
  }
  return clock
}
