import { execFileSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, realpathSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The account a server runs as. Empty: our own. */
export interface Account {
  readonly uid?: number
  readonly gid?: number
}

/** Some servers refuse to run as root: then `nobody`, which every Unix has; otherwise our own account. */
export const serverAccount = (): Account => {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Whether every account may enter the folder: one 0700 directory above it (root's home, `mktemp -d`) is enough to bar it. */
const isOpenToAll = (folder: string): boolean => {
  if ((statSync(folder).mode & 0o001) === 0) return false
  return dirname(folder) === folder || isOpenToAll(dirname(folder))
}

/** A fresh directory that belongs to `account` and that it can reach. */
export const makeDirectory = (account: Account): string => {
  const isBarred = account.uid !== undefined && !isOpenToAll(realpathSync(tmpdir()))
  const folder = mkdtempSync(join(isBarred ? '/tmp' : tmpdir(), 'holdfast-'))
  own(folder, account)
  return folder
}

/** Gives `path` to `account`. */
export const own = (path: string, { uid, gid }: Account): void => {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
}

/** `folder` itself when `account` can reach it, otherwise a copy below `directory`. */
export const reachable = (folder: string, account: Account, directory: string): string => {
  if (account.uid === undefined || isOpenToAll(realpathSync(folder))) return folder
  const copy = join(directory, 'programs')
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true })
  return copy
}
