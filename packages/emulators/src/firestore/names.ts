import { invalid } from './failure.ts'
import { compareUtf8 } from './values/utf8-order.ts'

const DOCUMENTS = /^(projects\/[^/]+\/databases\/[^/]+)\/documents(?:\/(.+))?$/s
const RESERVED = /^__.*__$/s
const NUMERIC_ID = /^__id(-?\d+)__$/
/** The greatest length of an id in bytes of UTF-8. https://cloud.google.com/firestore/quotas */
const MAX_ID_BYTES = 1500
/** The greatest length of a document's name in bytes: 6 KiB. */
const MAX_NAME_BYTES = 6 * 1024
/** How many collections may lie in one another. */
const MAX_DEPTH = 100

/** The ids of a name below `documents`, collections and documents by turns. */
export const segmentsOf = (name: string): string[] => {
  const path = DOCUMENTS.exec(name)?.[2]
  return path === undefined ? [] : path.split('/')
}

/** The name of the database that holds a document or a collection. */
export const databaseOf = (name: string): string | undefined => DOCUMENTS.exec(name)?.[1]

/** The name of the collection that holds a document. */
export const collectionOf = (name: string): string => name.slice(0, name.lastIndexOf('/'))

/** The last id of a name. */
export const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1)

// The service sorts ids that stand for numbers (from Datastore) first, and by number.
const compareIds = (left: string, right: string): number => {
  const [a, b] = [NUMERIC_ID.exec(left)?.[1], NUMERIC_ID.exec(right)?.[1]]
  if (a !== undefined && b !== undefined) return Number(BigInt(a) - BigInt(b))
  if (a !== undefined || b !== undefined) return a === undefined ? 1 : -1
  return compareUtf8(left, right)
}

/** Compares two full names, id by id, in bytes of UTF-8: the order of `__name__`. */
export const compareNames = (left: string, right: string): number => {
  const [ours, theirs] = [left.split('/'), right.split('/')]
  for (const [at, id] of ours.entries()) {
    const other = theirs[at]
    if (other === undefined) return 1
    const found = compareIds(id, other)
    if (found !== 0) return found
  }
  return ours.length - theirs.length
}

const checkId = (id: string): void => {
  if (isReserved(id) && !NUMERIC_ID.test(id))
    throw invalid(`Resource id "${id}" is invalid because it is reserved.`)
  if (Buffer.byteLength(id) > MAX_ID_BYTES)
    throw invalid(`The key path element name is longer than ${MAX_ID_BYTES} bytes.`)
}

/** Checks the id of a collection. @throws INVALID_ARGUMENT */
export const checkCollectionId = (id: string): void => {
  if (id.includes('/') || id === '.' || id === '..')
    throw invalid(`Collection id "${id}" is invalid because it is "." or ".." or contains "/".`)
  checkId(id)
}

/**
 * Checks the full name of a document: its database, that it names a document and not a collection,
 * and every id. https://cloud.google.com/firestore/quotas#collections_documents_and_fields
 * @throws INVALID_ARGUMENT
 */
export const checkDocumentName = (name: string, database?: string): void => {
  const found = databaseOf(name)
  const ids = segmentsOf(name)
  if (found === undefined || ids.length === 0 || ids.length % 2 !== 0)
    throw invalid(`Document name "${name}" lacks "/" at index ${name.length}.`)
  if (database !== undefined && found !== database)
    throw invalid(
      `The request was for database '${database}' but was attempting to access database '${found}'`,
    )
  for (const id of ids) {
    if (id === '') throw invalid(`Document name "${name}" has an invalid "/".`)
    if (id === '.' || id === '..')
      throw invalid(`Document name "${name}" contains a resource id "${id}".`)
    checkId(id)
  }
  if (ids.length / 2 > MAX_DEPTH) throw invalid(`Document name is deeper than ${MAX_DEPTH}.`)
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw invalid(`Document name is longer than ${MAX_NAME_BYTES} bytes.`)
}

/** Checks the parent of a query or of a list: the database's documents or a document. @throws INVALID_ARGUMENT */
export const checkParent = (parent: string): void => {
  if (databaseOf(parent) === undefined || segmentsOf(parent).length % 2 !== 0)
    throw invalid(`Parent "${parent}" is neither ".../documents" nor the name of a document.`)
}

/** Whether an id or a field name is kept for the service's own use. */
export const isReserved = (id: string): boolean => RESERVED.test(id)
