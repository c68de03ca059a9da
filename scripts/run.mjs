// Installs with the pinned pnpm, then runs one script on Node 24. Needs only Node 18+ and npm.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)
const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))

/**
 * @param {'inherit' | 'pipe'} stdio
 * @param {string[]} args
 */
const pnpm = (stdio, ...args) => {
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['--yes', '--loglevel=error', packageManager, ...args],
    {
      cwd: root,
      stdio: ['inherit', stdio, stdio],
      encoding: 'utf8',
      shell: process.platform === 'win32',
    },
  )
  if (status === 0) return
  if (stdio === 'pipe') process.stderr.write(stdout + stderr)
  process.exit(status ?? 1)
}

// The first install takes a while and shows its progress; later ones speak only when they fail.
const installed = existsSync(new URL('node_modules/.modules.yaml', root))
pnpm(installed ? 'pipe' : 'inherit', 'install', '--frozen-lockfile')
pnpm('inherit', '--silent', 'run', ...process.argv.slice(2))
