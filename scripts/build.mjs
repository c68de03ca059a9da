// Builds the package in the current folder: one ESM file per entry point, declarations beside it.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const sources = Object.values(manifest.exports).filter((path) => path.endsWith('.ts'))

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: sources,
  outdir: 'dist',
  bundle: true,
  // Entry points share what they have in common: a class must be the same in each of them.
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'neutral',
  target: 'node22',
  packages: 'external',
  external: ['node:*'],
  sourcemap: true,
  logLevel: 'warning',
})

/** @param {string[]} args */
const tsc = (...args) =>
  execFileSync('tsc', args, { stdio: 'inherit', shell: process.platform === 'win32' })
tsc('-b') // writes the declarations of the packages that this one refers to
tsc('-p', 'tsconfig.build.json', '--emitDeclarationOnly')
