import { join } from 'node:path'
import { type Flavour, projectsFolder, tsc } from './types-project.ts'

/** What one compiler says of one project. */
export interface TypeCost {
  readonly instantiations: number
  readonly types: number
  /** Seconds. */
  readonly check: number
  readonly total: number
}

const figure = (report: string, name: string): number => {
  const found = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(report)?.[1]
  if (found === undefined) throw new Error(`The compiler did not report ${name}.`)
  return Number(found)
}

/**
 * Checks a generated project, which must have no errors. Counts are the same in every run: TypeScript 7
 * is held to one checker, because several share no work.
 */
export const typeCost = async (compiler: string, flavour: Flavour): Promise<TypeCost> => {
  const single = compiler === 'TypeScript 7' ? ['--singleThreaded'] : []
  const project = join(projectsFolder, flavour)
  const report = await tsc(compiler, '-p', project, '--extendedDiagnostics', ...single)
  return {
    instantiations: figure(report, 'Instantiations'),
    types: figure(report, 'Types'),
    check: figure(report, 'Check time'),
    total: figure(report, 'Total time'),
  }
}
