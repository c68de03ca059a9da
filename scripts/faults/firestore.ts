import { firestore } from '@holdfast/adapter-gcp'
import { FaultPlan, type FaultKind, type FaultRates } from '@holdfast/contract-tests'
import { type Fault, startFirestore } from '@holdfast/emulators'
import { FIRESTORE_CLIENT } from '@holdfast/engines'
import { firestoreCounters } from './firestore-client.ts'
import { DELAY_MS, FAULTS, type Start, TIMEOUT_MS } from './start.ts'

const LATENCY_MS = 100
const RETRY_AFTER_MS = 20

/**
 * What the emulator does to a request. Calls share one connection, so that dropping it is a fault of all
 * that are under way.
 */
const FAULT_OF: Readonly<Partial<Record<FaultKind, Fault>>> = {
  resetBefore: { kind: 'refuse', code: 'UNAVAILABLE', message: 'read ECONNRESET' },
  resetAfter: { kind: 'lose-answer' },
  hang: { kind: 'hang', when: 'before' },
  hangAfter: { kind: 'hang', when: 'after' },
  error500: { kind: 'refuse', code: 'INTERNAL' },
  error503: { kind: 'refuse', code: 'UNAVAILABLE' },
  throttle: { kind: 'throttle', retryAfterMs: RETRY_AFTER_MS },
  truncate: { kind: 'lose-answer', by: 'drop' },
  latency: { kind: 'delay', ms: LATENCY_MS },
  delay: { kind: 'delay', ms: DELAY_MS },
  duplicate: { kind: 'repeat' },
}

/** A dropped connection fails up to 16 calls at once. */
const RATES: FaultRates = {
  ...FAULTS,
  refuse: 0,
  truncate: 0.001,
  error500: 0.005,
  error503: 0.005,
  duplicate: 0.01,
}

/** Our emulator of Firestore, which breaks requests itself: those that ask for it by this name. */
const BROKEN_HOST = 'localhost'

/** The emulator of Firestore in this process. */
export const startFirestoreWithFaults: Start = async (seed) => {
  const plan = new FaultPlan(seed, {})
  const emulator = await startFirestore({
    faults: (_method, _request, host) => {
      const kind = host.startsWith(BROKEN_HOST) ? plan.next() : undefined
      return kind === undefined ? undefined : FAULT_OF[kind]
    },
  })
  const brokenHost = `${BROKEN_HOST}:${emulator.port}`
  const straight = firestore({ ...FIRESTORE_CLIENT, emulatorHost: emulator.address })
  const faulty = firestore({
    ...FIRESTORE_CLIENT,
    emulatorHost: brokenHost,
    requestTimeoutMs: TIMEOUT_MS,
    queryTimeoutMs: TIMEOUT_MS,
  })
  const beside = await firestoreCounters(emulator.address, brokenHost)
  return {
    description: 'the emulator of Firestore from @holdfast/emulators, which breaks requests itself',
    place: {
      straight,
      faulty,
      line: plan,
      faults: RATES,
      timeoutMs: TIMEOUT_MS,
      delayMs: DELAY_MS,
    },
    address: emulator.address,
    beside,
    stop: async () => {
      await beside.close()
      await faulty.close()
      await straight.close()
      await emulator.stop()
    },
  }
}
