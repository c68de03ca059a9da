import { Decimal } from './decimal.ts'
import type { Position, Scalar } from './driver.ts'
import { invalid } from './error.ts'
import type { EntityModel } from './shape.ts'
import { decodeTuple, encodeTuple } from './tuple.ts'

/** Seals positions into cursors and opens them again. */
export interface CursorCodec {
  seal(binding: string, position: Position): Promise<string>
  /** @throws `INVALID` when the cursor is altered, made by another store, or for another query or actor. */
  open(
    binding: string,
    model: EntityModel,
    order: readonly string[],
    cursor: unknown,
  ): Promise<Position>
}

type SealingKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

interface Algorithm {
  readonly name: 'AES-GCM'
  readonly iv: Uint8Array<ArrayBuffer>
  readonly additionalData: Uint8Array<ArrayBuffer>
}

const NONCE = 12
const MAX_LENGTH = 4096

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
    char.charCodeAt(0),
  )

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(text))

const toFieldKind = (model: EntityModel, field: string, value: Scalar | null): Scalar | null => {
  if (!Decimal.isDecimal(value)) return value
  const kind = model.fields[field]?.kind
  if (kind === 'bigint') return BigInt(value.toString())
  return kind === 'decimal' ? value : Number(value.toString())
}

/**
 * Cursors are positions, not vendor tokens: the values that order the query, of the last record
 * returned, encrypted and authenticated (AES-GCM, WebCrypto) together with entity, path, filter and
 * actor. So they reveal no key, fit one query of one actor, and survive restarts and a move to
 * another vendor under the same secret.
 */
export const createCursorCodec = (secret: string | undefined): CursorCodec => {
  let key: Promise<SealingKey> | undefined
  const importKey = async (): Promise<SealingKey> => {
    const material =
      secret === undefined
        ? crypto.getRandomValues(new Uint8Array(32))
        : bytesOf(`holdfast.cursor.${secret}`)
    const digest = await crypto.subtle.digest('SHA-256', material)
    return crypto.subtle.importKey('raw', digest, 'AES-GCM', false, ['encrypt', 'decrypt'])
  }
  const algorithm = (iv: Uint8Array<ArrayBuffer>, binding: string): Algorithm => ({
    name: 'AES-GCM',
    iv,
    additionalData: bytesOf(binding),
  })
  return {
    async seal(binding, position) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE))
      const sealed = await crypto.subtle.encrypt(
        algorithm(iv, binding),
        await (key ??= importKey()),
        bytesOf(encodeTuple(position)),
      )
      const bytes = new Uint8Array(NONCE + sealed.byteLength)
      bytes.set(iv)
      bytes.set(new Uint8Array(sealed), NONCE)
      return toBase64Url(bytes)
    },
    async open(binding, model, order, cursor) {
      try {
        if (typeof cursor !== 'string' || cursor.length > MAX_LENGTH) throw new TypeError()
        const bytes = fromBase64Url(cursor)
        const opened = await crypto.subtle.decrypt(
          algorithm(bytes.slice(0, NONCE), binding),
          await (key ??= importKey()),
          bytes.slice(NONCE),
        )
        const values = decodeTuple(new TextDecoder().decode(opened)) as Position
        return values.map((value, at) => toFieldKind(model, order[at] ?? '', value))
      } catch {
        throw invalid(
          'The cursor is not valid here: use it unchanged, with the same query, actor and cursorSecret.',
          model.name,
          'cursor',
        )
      }
    },
  }
}
