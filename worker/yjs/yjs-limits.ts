import { defaultAwarenessLimits } from '../documents/awareness-limits.ts'
import { defaultDocumentLimits } from '../documents/document.ts'
import { defaultLimits, type Limits } from '../room/limits.ts'

/** The limits of a room with a document. */
export interface YjsLimits extends Limits {
  /** The longest frame that is read, in bytes; default 16 MiB: an update may be a whole document. */
  readonly frameBytes: number
  /** How many bytes the document may have; default 16 MiB. */
  readonly documentBytes: number
  /** How many structs it may have, each some 200 bytes of memory; default 250,000. */
  readonly documentStructs: number
  /** How many awareness ids a connection may speak for; default 8. */
  readonly awarenessIds: number
  /** How long an awareness state may be, in bytes; default 16 KiB. */
  readonly awarenessBytes: number
}

export const defaultYjsLimits: YjsLimits = {
  ...defaultLimits,
  frameBytes: 16 * 1024 * 1024,
  documentBytes: defaultDocumentLimits.bytes,
  documentStructs: defaultDocumentLimits.structs,
  awarenessIds: defaultAwarenessLimits.ids,
  awarenessBytes: defaultAwarenessLimits.stateBytes,
}
