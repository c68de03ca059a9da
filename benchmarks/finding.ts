import { cpus } from 'node:os'
import { AGAIN, median, type Samples, type Spread, within } from './harness.ts'

/** One measured figure beside its goal. */
export interface Finding {
  /** Which comparison: `get`, `page of 50`. */
  readonly what: string
  readonly variant: string
  /** The figure, in `unit`. */
  readonly value: number
  /** `x` for a ratio. */
  readonly unit: 'x' | 'us' | 'ms' | 'ns' | 'bytes' | 'instantiations' | 's'
  readonly lower?: number
  readonly upper?: number
  /** Median and 99th percentile of one operation, in microseconds. */
  readonly p50?: number
  readonly p99?: number
  /** CPU time over that of the raw variant. */
  readonly cpuRatio?: number
  /** The row of goals in the design. Variants without one are there for comparison. */
  readonly goal?: number
  /** The figure above which a gate fails: the goal, widened by the error of the run. */
  readonly limit?: number
  readonly verdict?: 'reached' | 'missed'
  /** Whether the lower quartile is over the limit. */
  readonly failed?: boolean
  readonly note?: string
}

/** Ways to name one comparison and the goals in it. */
export interface Judging {
  readonly what: string
  /** The variant all others are related to. */
  readonly base: string
  /** Goals by variant. */
  readonly goals: Readonly<Record<string, number>>
}

/** Sets a figure beside its goal. A gate fails only when the lower quartile is over the limit. */
export const judged = (
  finding: Omit<Finding, 'verdict' | 'failed'> & { readonly goal: number },
): Finding => ({
  ...finding,
  verdict: finding.value <= finding.goal ? 'reached' : 'missed',
  failed: (finding.lower ?? finding.value) > (finding.limit ?? finding.goal),
})

/** Sets a figure beside a goal that no gate watches: it depends on the machine, or its issue is to come. */
export const reported = (finding: Parameters<typeof judged>[0]): Finding => ({
  ...judged(finding),
  failed: false,
})

/** The error of a run: how far the raw variant, run twice, is from itself. */
export const errorOf = (samples: Samples, base: string): Spread =>
  within(samples, [AGAIN, base], (one, other) => one.p50 / other.p50)

/** Ratios of every variant to the base, those with a goal judged. */
export const ratioFindings = (samples: Samples, { what, base, goals }: Judging): Finding[] => {
  const error = Math.abs(errorOf(samples, base).median - 1)
  return [...samples.keys()].map((variant): Finding => {
    const pair = [variant, base] as const
    const ratio = within(samples, pair, (one, other) => one.p50 / other.p50)
    const goal = goals[variant]
    const finding: Finding = {
      what,
      variant,
      value: ratio.median,
      unit: 'x',
      lower: ratio.lower,
      upper: ratio.upper,
      p50: median(samples, variant, 'p50'),
      p99: median(samples, variant, 'p99'),
      cpuRatio: within(samples, pair, (one, other) => one.cpu / other.cpu).median,
    }
    return goal === undefined ? finding : judged({ ...finding, goal, limit: goal + error })
  })
}

const rounded = (value: number): number => Number(value.toPrecision(4))

/** A finding with four significant digits, for files. */
export const roundedFinding = (finding: Finding): Finding =>
  Object.fromEntries(
    Object.entries(finding).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'number' ? rounded(value) : value,
    ]),
  ) as unknown as Finding

const cell = (value: number | undefined, digits: number): string =>
  value === undefined ? '' : value.toFixed(digits)

const digitsOf = ({ unit, value }: Finding): number =>
  unit === 'bytes' || unit === 'instantiations' ? 0 : unit === 'ms' || value < 10 ? 3 : 1

/** One line of the report. */
export const describe = (finding: Finding): string => {
  const { what, variant, unit, note } = finding
  const digits = digitsOf(finding)
  const quartiles =
    finding.lower === undefined
      ? ''
      : `${cell(finding.lower, digits)}-${cell(finding.upper, digits)}`
  const goal =
    finding.goal === undefined
      ? ''
      : `goal ${finding.goal}, ${finding.verdict}${finding.failed ? ' (gate fails)' : ''}`
  return [
    what.padEnd(24),
    variant.padEnd(30),
    `${cell(finding.value, digits)} ${unit}`.padStart(18),
    quartiles.padStart(15),
    (finding.p50 === undefined ? '' : `${cell(finding.p50, 1)} us`).padStart(12),
    (finding.cpuRatio === undefined ? '' : `cpu ${cell(finding.cpuRatio, 2)}`).padStart(10),
    `  ${[goal, note].filter(Boolean).join('; ')}`,
  ]
    .join(' ')
    .trimEnd()
}

/** The machine, as far as it matters for figures. No names, no paths. */
export const machine = (): Readonly<Record<string, string | number>> => ({
  cpus: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
})
