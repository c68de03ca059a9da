// The vendor's client, in a module of its own: it is loaded at the first call.
export { Firestore } from '@google-cloud/firestore'
