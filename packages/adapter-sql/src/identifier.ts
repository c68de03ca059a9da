import { createHash } from 'node:crypto'

/** A short digest of a text, the same everywhere. */
export const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length)

/** `name` with its end replaced by a digest, so that it fits into `bytes` and differs from other names. */
export const shortened = (name: string, bytes: number): string => {
  let kept = name
  while (Buffer.byteLength(kept) > bytes - 13) kept = Array.from(kept).slice(0, -1).join('')
  return `${kept}~${digest(name, 12)}`
}
