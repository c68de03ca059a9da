const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether only this machine answers under `url`. */
export const isLoopback = (url: URL): boolean => LOOPBACK.has(url.hostname)

/**
 * `text` as an address that nobody on the way can answer for: https, or anything on this machine.
 * `undefined` when it is none, or carries a user name and password.
 */
export const secureUrl = (text: unknown): URL | undefined => {
  const url = typeof text === 'string' ? URL.parse(text) : null
  if (url === null || url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'https:') return url
  return url.protocol === 'http:' && isLoopback(url) ? url : undefined
}
