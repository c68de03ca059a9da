// Packs every published package and checks what would be published: publint, then "are the types wrong".
import { execSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const tarballs = fileURLToPath(new URL('.cache/pack/', root))
rmSync(tarballs, { recursive: true, force: true })
mkdirSync(tarballs, { recursive: true })

for (const name of readdirSync(new URL('packages/', root))) {
  const folder = fileURLToPath(new URL(`packages/${name}/`, root))
  if (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')).private) continue
  const tarball = `${tarballs}${name}.tgz`
  try {
    execSync(`pnpm --silent pack --out "${tarball}"`, { cwd: folder, stdio: 'inherit' })
    execSync(`publint --strict "${tarball}"`, { stdio: 'inherit' })
    execSync(`attw "${tarball}" --profile esm-only --quiet`, { stdio: 'inherit' })
  } catch {
    console.error(`packages/${name} would be published with faults`)
    process.exitCode = 1
  }
}
