/** One traced call. Plain data; no field values. */
export interface TraceContext {
  readonly entity: string
  readonly operation: string
  readonly store: string
}

/**
 * The shape of `diagnostics_channel.tracingChannel(name)` of Node, injected so that core imports
 * nothing. Costs one property read per call while nobody subscribes.
 */
export interface TracingHook {
  readonly hasSubscribers: boolean
  tracePromise<T>(run: () => Promise<T>, context: TraceContext): Promise<T>
}

/** What a decision was about. Never holds field values other than the key. */
export interface AuditEvent {
  /** The actor's `id` attribute, or `unrestricted: <reason>`. */
  readonly actor: string
  /** `*` for `native`. */
  readonly entity: string
  /** `native`: the vendor's client was handed out. */
  readonly operation: 'create' | 'put' | 'update' | 'delete' | 'read' | 'native'
  readonly key: Readonly<Record<string, unknown>> | undefined
  /** The rule that decided, where one alone did. */
  readonly rule: string | undefined
  readonly outcome: 'allowed' | 'denied'
}

/** Receives one event per decision on writes, per denial, and per call without policies. Must not throw. */
export type AuditSink = (event: AuditEvent) => void
