import type { KeptAwareness } from '../documents/kept-awareness.ts'
import type { Session } from '../room/session.ts'

/** A connection to a room with a document. */
export type YjsSession = Session<Spoken>

/**
 * How a client speaks: version 1; plain y-protocols, of which a text frame would be the end; as baseline clients do, who wait
 * for a text frame; or it has not been heard yet.
 */
export type Dialect = 'version 1' | 'plain' | 'baseline' | 'unheard'

/** What a room with a document knows of a connection. */
export interface Spoken {
  dialect: Dialect
  /** What it says of itself, as it outlives a sleep. */
  awareness: KeptAwareness | undefined
  /** Whether what it has was written for a record that is gone. */
  isFormer: boolean
}
