type Bytes = Uint8Array<ArrayBuffer>

/** AES-256-GCM; a sealed text is the ciphertext followed by its tag of 16 bytes. */
export interface Cipher {
  seal(nonce: Bytes, binding: Bytes, text: Bytes): Uint8Array | Promise<Uint8Array>
  /** Throws when nonce, binding or sealed text are not those of one call of `seal`. */
  open(nonce: Bytes, binding: Bytes, sealed: Bytes): Uint8Array | Promise<Uint8Array>
}

interface NodeCipher {
  setAAD(data: Uint8Array): unknown
  setAuthTag(tag: Uint8Array): unknown
  getAuthTag(): Uint8Array
  update(data: Uint8Array): Uint8Array
  final(): Uint8Array
}

/** The part of `node:crypto` that is used. */
interface NodeCrypto {
  createHash(name: string): { update(data: Uint8Array): { digest(): Uint8Array } }
  createSecretKey(key: Uint8Array): object
  createCipheriv(name: string, key: object, nonce: Uint8Array): NodeCipher
  createDecipheriv(name: string, key: object, nonce: Uint8Array): NodeCipher
}

const TAG = 16
const ALGORITHM = 'aes-256-gcm'

const join = (...parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

const nodeCipher = (crypto: NodeCrypto, secret: Bytes): Cipher => {
  // A key object is made once; from plain bytes Node would make one for every cursor.
  const key = crypto.createSecretKey(crypto.createHash('sha256').update(secret).digest())
  return {
    seal: (nonce, binding, text) => {
      const cipher = crypto.createCipheriv(ALGORITHM, key, nonce)
      cipher.setAAD(binding)
      return join(cipher.update(text), cipher.final(), cipher.getAuthTag())
    },
    open: (nonce, binding, sealed) => {
      if (sealed.length < TAG) throw new TypeError('Too short.')
      const cipher = crypto.createDecipheriv(ALGORITHM, key, nonce)
      cipher.setAAD(binding)
      cipher.setAuthTag(sealed.subarray(-TAG))
      return join(cipher.update(sealed.subarray(0, -TAG)), cipher.final())
    },
  }
}

const webCipher = (secret: Bytes): Cipher => {
  const { subtle } = crypto
  const key = subtle
    .digest('SHA-256', secret)
    .then((hash) => subtle.importKey('raw', hash, 'AES-GCM', false, ['encrypt', 'decrypt']))
  const algorithm = (iv: Bytes, additionalData: Bytes) => ({ name: 'AES-GCM', iv, additionalData })
  return {
    seal: async (nonce, binding, text) =>
      new Uint8Array(await subtle.encrypt(algorithm(nonce, binding), await key, text)),
    open: async (nonce, binding, sealed) =>
      new Uint8Array(await subtle.decrypt(algorithm(nonce, binding), await key, sealed)),
  }
}

/**
 * The platform's AES-GCM under a key derived from `secret`: Node's own where there is one, which
 * answers at once, otherwise WebCrypto. Each opens what the other has sealed.
 */
export const createCipher = (secret: Bytes): Cipher => {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  const node = process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  return node === undefined ? webCipher(secret) : nodeCipher(node, secret)
}
