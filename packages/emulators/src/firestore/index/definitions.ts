/** One field of an index as `firestore.indexes.json` has it. */
export interface IndexField {
  fieldPath: string
  order?: 'ASCENDING' | 'DESCENDING'
  arrayConfig?: 'CONTAINS'
}

/** One composite index as `firestore.indexes.json` has it. */
export interface IndexDefinition {
  collectionGroup: string
  queryScope: 'COLLECTION' | 'COLLECTION_GROUP'
  fields: readonly IndexField[]
}

/** What a field has instead of its automatic indexes. `*` as `fieldPath` or group means every one. */
export interface FieldOverride {
  collectionGroup: string
  fieldPath: string
  ttl?: boolean
  indexes?: readonly {
    queryScope: 'COLLECTION' | 'COLLECTION_GROUP'
    order?: 'ASCENDING' | 'DESCENDING'
    arrayConfig?: 'CONTAINS'
  }[]
}

/** The content of a `firestore.indexes.json`. https://firebase.google.com/docs/reference/firestore/indexes */
export interface IndexDefinitions {
  indexes: readonly IndexDefinition[]
  fieldOverrides?: readonly FieldOverride[]
}
