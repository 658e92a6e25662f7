import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { ByteReader } from './byte-reader.ts'
import { readSyncStep, type SyncStep, syncStepNumber } from './sync-step.ts'

/** The first number of every frame: they are beyond those of y-protocols. */
const messageNumber = { sync: 22, awareness: 23 } as const

/** A binary frame of a field's document, on the socket of a room of records (A3). `docKey` is read by `readDocKey`. */
export type TextFrame =
  /** `varuint 22, VarBytes docKey, varuint step, VarBytes payload` */
  | { readonly type: 'sync'; readonly docKey: string; readonly step: SyncStep; readonly payload: Uint8Array }
  /** `varuint 23, VarBytes docKey, VarBytes update`; see `readAwareness` for what is in it. */
  | { readonly type: 'awareness'; readonly docKey: string; readonly update: Uint8Array }

/**
 * Reads a frame. Its bytes are views of what came. Throws a `DeepSpaceError` with the code `invalid-message` for anything
 * that is not exactly one frame.
 */
export function readTextFrame(bytes: Uint8Array): TextFrame {
  const reader = new ByteReader(bytes, 'text frame')
  const frame = readBody(reader)
  reader.end()
  return frame
}

/** No key of a text is longer, in bytes: three names of 128 characters, of which each takes three bytes at most. */
const longestKey = 3 * 128 * 3 + 2

/**
 * Which text a frame is about that is not read: its docKey, where the frame begins as one that asks for a part of a document or
 * brings one. `undefined` where it does not, or where the key is no key of a text; what a client says of itself is nothing that it
 * has to be told the place of.
 */
export function docKeyIn(bytes: Uint8Array): string | undefined {
  const reader = new ByteReader(bytes, 'text frame')
  try {
    if (reader.varUint('type') !== messageNumber.sync) return undefined
    const key = reader.varBytes('docKey')
    return key.length <= longestKey ? reader.text('docKey', key) : undefined
  } catch {
    return undefined
  }
}

function readBody(reader: ByteReader): TextFrame {
  const number = reader.varUint('type')
  switch (number) {
    case messageNumber.sync: {
      const docKey = reader.varText('docKey')
      return { type: 'sync', docKey, step: readSyncStep(reader), payload: reader.varBytes('payload') }
    }
    case messageNumber.awareness:
      return { type: 'awareness', docKey: reader.varText('docKey'), update: reader.varBytes('awareness update') }
    default:
      throw reader.mistake('type', `expected 22 or 23, received ${number}`)
  }
}

/** A frame as bytes. */
export function encodeTextFrame(frame: TextFrame): Uint8Array<ArrayBuffer> {
  const encoder = createEncoder()
  writeVarUint(encoder, messageNumber[frame.type])
  writeVarString(encoder, frame.docKey)
  if (frame.type === 'sync') writeVarUint(encoder, syncStepNumber(frame.step))
  writeVarUint8Array(encoder, frame.type === 'sync' ? frame.payload : frame.update)
  return toUint8Array(encoder)
}
