/** Names of the fields that Holdfast adds. Those of the user never begin with `_`. */
export const VERSION = '_v'
/** A map: by the letter of each lane, its newest version. */
export const HISTORY = '_h'
/** The document's id once more: Firestore reads ids forwards only. */
export const KEY = '_k'
/** When a document of ours that is no record may be removed. */
export const UNTIL = '_t'
/** On the document that holds a unique value: the id of the record it belongs to. */
export const OWNER = '_o'
/** On the document that tells what the records of an entity were made by. */
export const DEFINITION = '_d'
/** On the document that splits the records of an entity: the ids at which segments begin. */
export const SPLITS = '_s'

/** Field of a record's place in an index. */
export const indexField = (index: string): string => `_i_${index}`

/** Collections beside that of the records. Names of entities have no dot. */
export const uniqueCollection = (collection: string): string => `${collection}.unique`
export const deletedCollection = (collection: string): string => `${collection}.deleted`
/** Where things are noted that are no records: `<prefix>.holdfast`. */
export const noteCollection = (prefix: string): string => `${prefix}.holdfast`

const SIMPLE = /^[A-Za-z_][A-Za-z_0-9]*$/

/**
 * A field's name as a path of one segment.
 * https://firebase.google.com/docs/firestore/reference/rpc/google.firestore.v1#documentmask
 */
export const fieldPath = (name: string): string =>
  SIMPLE.test(name) ? name : `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
