import { type Cipher, createCipher } from './cipher.ts'
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

type Bytes = Uint8Array<ArrayBuffer>

const NONCE = 12
const MAX_LENGTH = 4096

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const fromBase64Url = (text: string): Bytes =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
    char.charCodeAt(0),
  )

const toFieldKind = (model: EntityModel, field: string, value: Scalar | null): Scalar | null => {
  if (!Decimal.isDecimal(value)) return value
  const kind = model.fields[field]?.kind
  if (kind === 'bigint') return BigInt(value.toString())
  return kind === 'decimal' ? value : Number(value.toString())
}

const toBytes = new TextEncoder()
const toText = new TextDecoder()
const bytesOf = (text: string): Bytes => toBytes.encode(text)

/**
 * Cursors are positions, not vendor tokens: the values that order the query, of the last record
 * returned, encrypted and authenticated (AES-GCM) together with entity, path, filter and actor. So
 * they reveal no key, fit one query of one actor, and survive restarts and a move to another vendor
 * under the same secret.
 */
export const createCursorCodec = (secret: string | undefined): CursorCodec => {
  let cipher: Cipher | undefined
  const material = (): Bytes =>
    secret === undefined
      ? crypto.getRandomValues(new Uint8Array(32))
      : bytesOf(`holdfast.cursor.${secret}`)
  return {
    async seal(binding, position) {
      cipher ??= createCipher(material())
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE))
      const sealed = await cipher.seal(nonce, bytesOf(binding), bytesOf(encodeTuple(position)))
      return toBase64Url(nonce) + toBase64Url(sealed)
    },
    async open(binding, model, order, cursor) {
      try {
        if (typeof cursor !== 'string' || cursor.length > MAX_LENGTH) throw new TypeError()
        cipher ??= createCipher(material())
        const bytes = fromBase64Url(cursor)
        const [nonce, sealed] = [bytes.slice(0, NONCE), bytes.slice(NONCE)]
        const opened = toText.decode(await cipher.open(nonce, bytesOf(binding), sealed))
        const values = decodeTuple(opened) as Position
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
