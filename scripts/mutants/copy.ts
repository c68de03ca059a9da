import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Mutant, Suite } from './mutant.ts'

const ROOT = join(import.meta.dirname, '../..')
const PARTS = [
  'packages',
  'scripts',
  'docs',
  'package.json',
  'tsconfig.base.json',
  'vitest.config.ts',
]
const TIMEOUT_MS = 240_000

/** How often the text of a defect occurs. */
export const occurrences = async ({ file, find }: Mutant): Promise<number> =>
  (await readFile(join(ROOT, file), 'utf8')).split(find).length - 1

/** What became of one command. */
export interface Ran {
  readonly ok: boolean
  /** The first case or test that failed; `undefined` when none did, or none was reached. */
  readonly failed: string | undefined
  readonly output: string
}

/**
 * A copy of the workspace that can be broken. The packages that pnpm keeps in one place are shared;
 * the links between the workspace's own packages lead within the copy.
 */
export class Copy {
  readonly #folder: string
  readonly #environment: Readonly<Record<string, string>>

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.#folder = folder
    this.#environment = environment
  }

  /** `environment` is added to that of every command. */
  static async make(environment: Readonly<Record<string, string>>): Promise<Copy> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-mutants-'))
    const isWanted = (path: string): boolean => !/\/(dist|\.cache)$/.test(path)
    for (const part of PARTS)
      await cp(join(ROOT, part), join(folder, part), {
        recursive: true,
        verbatimSymlinks: true,
        filter: isWanted,
      })
    const modules = join(ROOT, 'node_modules')
    for (const name of await readdir(modules))
      if (name === '.pnpm') await symlink(join(modules, name), join(folder, 'node_modules', name))
      else if (!name.startsWith('.') || name === '.bin')
        await cp(join(modules, name), join(folder, 'node_modules', name), {
          recursive: true,
          verbatimSymlinks: true,
        })
    return new Copy(folder, environment)
  }

  /** Runs `body` with the defect in place. */
  async broken<T>({ file, find, replace }: Mutant, body: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, file)
    const source = await readFile(path, 'utf8')
    await writeFile(path, source.split(find).join(replace))
    try {
      return await body()
    } finally {
      await writeFile(path, source)
    }
  }

  /** Runs one command of Node in the copy. */
  run(args: Suite): Promise<Ran> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, {
        cwd: this.#folder,
        env: {
          ...process.env,
          ...this.#environment,
          // What does not change from run to run need not be compiled again.
          NODE_COMPILE_CACHE: join(this.#folder, '.compile-cache'),
          NO_COLOR: '1',
          FORCE_COLOR: '0',
        },
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text: Buffer) => (output += text.toString('utf8')))
      child.on('error', reject)
      child.on('close', (code, signal) => {
        // A case of the kit, or a test of vitest; a file that does not load is neither.
        const [, failed] = /^\s*FAIL\s+(.*(?:: | > ).*)$/m.exec(output) ?? []
        const late = `nothing: it took longer than ${TIMEOUT_MS / 1000} s`
        resolve({ ok: code === 0, failed: signal === 'SIGKILL' ? late : failed, output })
      })
    })
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true })
  }
}
