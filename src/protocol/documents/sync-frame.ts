import {
  createEncoder,
  type Encoder,
  toUint8Array,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
} from 'lib0/encoding'
import { ByteReader } from './byte-reader.ts'
import { readSyncStep, type SyncStep, syncStepNumber } from './sync-step.ts'

/** The first number of every frame. Up to 3 they are those of y-protocols and y-websocket. */
const messageNumber = { sync: 0, awareness: 1, denied: 2, 'query-awareness': 3, saved: 102 } as const

/** The one thing that a message of type 2 can say in y-protocols. */
const permissionDenied = 0

/** A binary frame of a document's own room, in the framing that y-websocket speaks (A4). */
export type DocumentFrame =
  /** `varuint 0, varuint step, VarBytes payload` */
  | { readonly type: 'sync'; readonly step: SyncStep; readonly payload: Uint8Array }
  /** `varuint 1, VarBytes update`; see `readAwareness` for what is in it. */
  | { readonly type: 'awareness'; readonly update: Uint8Array }
  /** `varuint 2, varuint 0, VarString reason`: the room refuses. From a client it means nothing. */
  | { readonly type: 'denied'; readonly reason: string }
  /** `varuint 3`: asks for every awareness state that the other end knows. */
  | { readonly type: 'query-awareness' }
  /**
   * `varuint 102, varuint counter`: a client counts what it has sent, and the room says the number back once everything
   * before it is stored. y-websocket has no such type: nobody is sent one who has not sent one.
   */
  | { readonly type: 'saved'; readonly counter: number }

/**
 * Reads a frame. Its bytes are views of what came. Throws a `DeepSpaceError` with the code `invalid-message` for anything
 * that is not exactly one frame.
 */
export function readDocumentFrame(bytes: Uint8Array): DocumentFrame {
  const reader = new ByteReader(bytes, 'document frame')
  const frame = readBody(reader)
  reader.end()
  return frame
}

function readBody(reader: ByteReader): DocumentFrame {
  const number = reader.varUint('type')
  switch (number) {
    case messageNumber.sync:
      return { type: 'sync', step: readSyncStep(reader), payload: reader.varBytes('payload') }
    case messageNumber.awareness:
      return { type: 'awareness', update: reader.varBytes('awareness update') }
    case messageNumber.denied: {
      const what = reader.varUint('permission')
      if (what !== permissionDenied) throw reader.mistake('permission', `expected 0 (denied), received ${what}`)
      return { type: 'denied', reason: reader.varText('reason') }
    }
    case messageNumber['query-awareness']:
      return { type: 'query-awareness' }
    case messageNumber.saved:
      return { type: 'saved', counter: reader.varUint('counter') }
    default:
      throw reader.mistake('type', `expected 0, 1, 2, 3 or 102, received ${number}`)
  }
}

/** A frame as bytes. */
export function encodeDocumentFrame(frame: DocumentFrame): Uint8Array<ArrayBuffer> {
  const encoder = createEncoder()
  writeVarUint(encoder, messageNumber[frame.type])
  writeBody(encoder, frame)
  return toUint8Array(encoder)
}

function writeBody(encoder: Encoder, frame: DocumentFrame): void {
  switch (frame.type) {
    case 'sync':
      writeVarUint(encoder, syncStepNumber(frame.step))
      return writeVarUint8Array(encoder, frame.payload)
    case 'awareness':
      return writeVarUint8Array(encoder, frame.update)
    case 'denied':
      writeVarUint(encoder, permissionDenied)
      return writeVarString(encoder, frame.reason)
    case 'query-awareness':
      return
    case 'saved':
      return writeVarUint(encoder, frame.counter)
    default:
      frame satisfies never
  }
}
