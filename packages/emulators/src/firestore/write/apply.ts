import { invalid } from '../failure.ts'
import { parsePath, valueAt, withValueAt } from '../field-path.ts'
import { checkDocumentName } from '../names.ts'
import type { Stored } from '../storage.ts'
import { toTimestamp } from '../time.ts'
import { checkFieldName, checkFields, checkSize } from '../values/check.ts'
import { storable } from '../values/storable.ts'
import { isSameDocument } from '../values/same.ts'
import type { Fields } from '../wire/value.ts'
import type { FieldTransform, Write, WriteResult } from '../wire/write.ts'
import { checkPrecondition } from './precondition.ts'
import { applyTransforms } from './transform.ts'

/** How many transformations of one document a commit may ask for. https://cloud.google.com/firestore/quotas */
const MAX_TRANSFORMS = 500

/** The name of the document that a write is for. @throws INVALID_ARGUMENT */
export const nameOf = (write: Write): string => {
  const name = write.update?.name ?? write.delete ?? write.transform?.document
  if (name === undefined) throw invalid('empty write operation')
  return name
}

const transformsOf = (write: Write): readonly FieldTransform[] =>
  write.transform?.fieldTransforms ?? write.updateTransforms

/** Checks what can be told of a write without the document. @throws INVALID_ARGUMENT */
export const checkWrite = (write: Write, database: string): void => {
  checkDocumentName(nameOf(write), database)
  if (write.operation !== 'update' && write.updateMask !== null)
    throw invalid('An update mask belongs to an update only.')
  checkFields(write.update?.fields ?? {})
  const masked = write.updateMask?.fieldPaths ?? []
  const transforms = transformsOf(write)
  if (transforms.length > MAX_TRANSFORMS)
    throw invalid(`At most ${MAX_TRANSFORMS} transformations per document are allowed.`)
  if (write.operation === 'transform' && transforms.length === 0)
    throw invalid('The list of FieldTransform must not be empty.')
  for (const path of [...masked, ...transforms.map(({ fieldPath }) => fieldPath)])
    parsePath(path).forEach(checkFieldName)
}

const masked = (old: Fields, write: Write): Fields => {
  const given = write.update?.fields ?? {}
  if (write.updateMask === null) return given
  return write.updateMask.fieldPaths
    .map(parsePath)
    .reduce((fields, path) => withValueAt(fields, path, valueAt(given, path)), old)
}

/** A document after a write, and what the answer says of it. */
export interface Applied {
  after: Stored | undefined
  result: WriteResult
}

/**
 * Applies one write to the document it is for. A write that changes nothing keeps the update time.
 * @throws what its precondition throws, and INVALID_ARGUMENT for a document that would be too large
 */
export const applyWrite = (current: Stored | undefined, write: Write, time: bigint): Applied => {
  const name = nameOf(write)
  checkPrecondition(name, current, write.currentDocument)
  if (write.operation === 'delete')
    return { after: undefined, result: { updateTime: null, transformResults: [] } }
  const old = current?.fields ?? {}
  const base = write.operation === 'transform' ? old : masked(old, write)
  const transformed = applyTransforms(base, transformsOf(write), time)
  const { results } = transformed
  const fields = storable(transformed.fields)
  checkFields(fields)
  checkSize(name, fields)
  const after =
    current !== undefined && isSameDocument(current.fields, fields)
      ? current
      : { name, fields, createTime: current?.createTime ?? time, updateTime: time }
  return {
    after,
    result: { updateTime: toTimestamp(after.updateTime), transformResults: results },
  }
}
