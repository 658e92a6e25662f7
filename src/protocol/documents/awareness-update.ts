import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { typeName } from '../errors.ts'
import { isPlainObject, nestingOf } from '../json.ts'
import { ByteReader } from './byte-reader.ts'

/** What an awareness update says of one client. */
export interface AwarenessEntry {
  /** The `clientID` of a Yjs document: each tab has one. */
  readonly clientId: number
  /** Of two states of a client the one with the higher clock is newer. */
  readonly clock: number
  /** The state as JSON: an object, or {@link removed}. */
  readonly state: string
}

/** The state of a client that is gone. */
export const removed = 'null'

/** How much an awareness update may say. */
export interface AwarenessUpdateLimits {
  readonly entries: number
  /** The length of a state, in bytes of UTF-8. */
  readonly stateBytes: number
  /** How many objects and lists may be inside each other in a state. */
  readonly depth: number
}

/**
 * Reads an awareness update: `varuint count`, then for each `varuint clientId, varuint clock, VarString state`. Throws a
 * `DeepSpaceError` that names the entry: `too-large` for what is over a limit, else `invalid-message`.
 */
export function readAwareness(bytes: Uint8Array, limits: AwarenessUpdateLimits): AwarenessEntry[] {
  const reader = new ByteReader(bytes, 'awareness update')
  const count = reader.varUint('number of entries')
  if (count > limits.entries) {
    throw reader.mistake('number of entries', `expected at most ${limits.entries}, received ${count}`, 'too-large')
  }
  const entries = new Map<number, AwarenessEntry>()
  for (let index = 0; index < count; index++) {
    const clientId = reader.varUint(`entry ${index}: client id`)
    if (entries.has(clientId)) {
      throw reader.mistake(`entry ${index}: client id`, `expected each id once, received ${clientId} again`)
    }
    const clock = reader.varUint(`entry ${index}: clock`)
    entries.set(clientId, { clientId, clock, state: readState(reader, `entry ${index}: state`, limits) })
  }
  reader.end()
  return [...entries.values()]
}

function readState(reader: ByteReader, part: string, { stateBytes, depth }: AwarenessUpdateLimits): string {
  const bytes = reader.varBytes(part)
  if (bytes.length > stateBytes) {
    throw reader.mistake(part, `expected at most ${stateBytes} bytes, received ${bytes.length}`, 'too-large')
  }
  const text = reader.text(part, bytes)
  // Before anything parses it: whoever writes it again later does so by recursion.
  if (nestingOf(text).depth > depth) throw reader.mistake(part, `nested deeper than ${depth} levels`, 'too-large')
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    throw reader.mistake(part, 'expected JSON, received other text')
  }
  if (state === null) return removed
  if (!isPlainObject(state)) throw reader.mistake(part, `expected an object or null, received ${typeName(state)}`)
  return text
}

/** An awareness update as bytes, for y-protocols to apply. Without entries it says nothing, and is a sign of life. */
export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, entries.length)
  for (const { clientId, clock, state } of entries) {
    writeVarUint(encoder, clientId)
    writeVarUint(encoder, clock)
    writeVarString(encoder, state)
  }
  return toUint8Array(encoder)
}
