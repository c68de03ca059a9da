import { invalid } from './error.ts'

const PREFIXES = Array.from({ length: 256 }, (_, byte) => {
  const hex = byte.toString(16).toUpperCase().padStart(2, '0')
  if (/[0-9A-Za-z]/.test(String.fromCharCode(byte)) && byte < 128) return String.fromCharCode(byte)
  return (byte < 0x30 ? '-' : byte < 0x41 ? ':' : byte < 0x61 ? '_' : '~') + hex
})
const LITERAL = /^[0-9A-Za-z]*$/
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * ASCII text that sorts, byte by byte, as the UTF-8 bytes of `text` do, and is safe in every vendor's
 * ids: letters and digits as they are, any other byte as a prefix and two upper-case hex digits.
 */
export const encodeKeyText = (text: string): string => {
  if (LITERAL.test(text)) return text
  let encoded = ''
  for (const byte of encoder.encode(text)) encoded += PREFIXES[byte]
  return encoded
}

/** The text behind `encodeKeyText`. @throws `INVALID` when it is not of that form. */
export const decodeKeyText = (encoded: string): string => {
  if (LITERAL.test(encoded)) return encoded
  const bytes: number[] = []
  for (let at = 0; at < encoded.length; at += 1) {
    const char = encoded.charAt(at)
    const byte = LITERAL.test(char)
      ? char.charCodeAt(0)
      : parseInt(encoded.slice(at + 1, at + 3), 16)
    if (!LITERAL.test(char)) {
      if (PREFIXES[byte] !== encoded.slice(at, at + 3)) throw invalid('Malformed key text.')
      at += 2
    }
    bytes.push(byte)
  }
  try {
    return decoder.decode(Uint8Array.from(bytes))
  } catch {
    throw invalid('Malformed key text.')
  }
}
