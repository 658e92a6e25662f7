import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { UpdateReader } from './update-reader.ts'

/** The place of a character, or of whatever counts as one, among all that a client has ever inserted. */
export interface Id {
  readonly client: number
  readonly clock: number
}

/** A run of insertions of one client, as an update says it. */
export type Struct = Gap | Insertion

/** Insertions that are gone with what they were in (`gone`), or are left out of the update (`skipped`). */
export interface Gap {
  readonly kind: 'gone' | 'skipped'
  readonly clock: number
  readonly length: number
  /** Where in the bytes of the update it begins and ends. */
  readonly from: number
  readonly to: number
}

/** Content, with what was to its left and right when it was inserted. */
export interface Insertion {
  readonly kind: 'insertion'
  readonly clock: number
  readonly length: number
  readonly from: number
  readonly to: number
  readonly origin: Id | undefined
  readonly rightOrigin: Id | undefined
  /** The name of a root type, or the id of the insertion that made the type; `undefined`: that of its origins. */
  readonly parent: string | Id | undefined
  readonly key: string | undefined
  /** Which type it makes; `undefined` when it makes none. */
  readonly type: number | undefined
  /** Whether its content has been deleted and collected since. */
  readonly isDeleted: boolean
}

/** An update, read and found to be whole. */
export interface Update {
  /** By client, in the order of their clocks. */
  readonly structs: ReadonlyMap<number, readonly Struct[]>
  /** By client, a clock and a length in turn. */
  readonly deletes: ReadonlyMap<number, readonly number[]>
  /** What all of it weighs in memory, in structs: see {@link weights}. */
  readonly weight: number
}

/** What weighs more in memory than a run of characters, as so many structs. */
export const weights = { struct: 1, node: 1, type: 4, subdocument: 20 } as const

/** Where the clocks of a client end at the latest. */
const lastClock = 2 ** 31

/** How many kinds of shared types Yjs has. */
const typeKinds = 7

/**
 * Reads an update in the first format of Yjs, all of it. Throws `invalid-message` where it is not exactly that, and
 * `too-large` as soon as it is found to weigh more than `heaviest`. Takes memory by what is there, not by what is said.
 */
export function readUpdate(bytes: Uint8Array, heaviest = Number.POSITIVE_INFINITY): Update {
  const reader = new UpdateReader(bytes, 'update')
  const structs = new Map<number, Struct[]>()
  let weight = 0
  for (let clients = reader.count(5); clients > 0; clients--) {
    // Two bytes are the least of a struct.
    const count = reader.count(2)
    if (count === 0) reader.fail('expected insertions of a client, received none')
    const client = reader.uint()
    if (structs.has(client)) reader.fail(`expected each client once, received ${client} again`)
    let clock = reader.uint(lastClock)
    const run: Struct[] = []
    structs.set(client, run)
    for (let i = 0; i < count; i++) {
      const nodes = reader.nodes
      const struct = readStruct(reader, clock)
      if (struct.length === 0) reader.fail('expected an insertion of something, received one of nothing')
      clock += struct.length
      if (clock > lastClock) reader.fail(`expected clocks of at most ${lastClock}`)
      run.push(struct)
      weight += weights.struct + weights.node * (reader.nodes - nodes)
      if (struct.kind === 'insertion' && struct.type !== undefined)
        weight += struct.type === subdocument ? weights.subdocument : weights.type
      if (weight > heaviest) throw tooHeavy(heaviest)
    }
  }
  const deletes = readDeletes(reader, 2 * heaviest)
  reader.end()
  return { structs, deletes, weight }
}

/** In the place of the kind of a type: the content is a document in the document. */
export const subdocument = -1

function readStruct(reader: UpdateReader, clock: number): Struct {
  const from = reader.at
  const info = reader.byte()
  const length = (): number => reader.uint(lastClock)
  if (info === 0 || info === 10)
    return { kind: info === 0 ? 'gone' : 'skipped', clock, length: length(), from, to: reader.at }
  const origin = info & 128 ? readId(reader) : undefined
  const rightOrigin = info & 64 ? readId(reader) : undefined
  const hasPlace = !origin && !rightOrigin
  const parent = hasPlace ? readParent(reader) : undefined
  const key = hasPlace && info & 32 ? reader.string() : undefined
  let type: number | undefined
  let size = 1
  switch (info & 31) {
    case 1: // what was deleted
      size = length()
      break
    case 2:
      size = reader.count(1)
      for (let i = 0; i < size; i++) reader.json(true)
      break
    case 3: // bytes
      reader.skip(reader.uint())
      break
    case 4:
      size = reader.string().length
      break
    case 5: // an embedded value
      reader.json()
      break
    case 6: // a mark of format
      reader.string()
      reader.json()
      break
    case 7:
      type = reader.uint()
      if (type >= typeKinds) reader.fail(`expected a type from 0 to ${typeKinds - 1}, received ${type}`)
      // Elements and hooks have names.
      if (type === 3 || type === 5) reader.string()
      break
    case 8:
      size = reader.count(1)
      for (let i = 0; i < size; i++) reader.any()
      break
    case 9:
      type = subdocument
      readSubdocument(reader)
      break
    default:
      reader.fail(`expected a content from 1 to 9, received ${info & 31}`)
  }
  const isDeleted = (info & 31) === 1
  const to = reader.at
  return { kind: 'insertion', clock, length: size, from, to, origin, rightOrigin, parent, key, type, isDeleted }
}

function readId(reader: UpdateReader): Id {
  return { client: reader.uint(), clock: reader.uint(lastClock) }
}

function readParent(reader: UpdateReader): string | Id {
  const isRoot = reader.uint()
  if (isRoot > 1) reader.fail(`expected 0 or 1 before a parent, received ${isRoot}`)
  return isRoot ? reader.string() : readId(reader)
}

/** Its options are passed on to a constructor by Yjs, so they are no others than Yjs writes. */
function readSubdocument(reader: UpdateReader): void {
  reader.string()
  const options = reader.any()
  if (!Array.isArray(options)) reader.fail('expected options of a subdocument')
  for (const option of options as readonly string[]) {
    if (!['gc', 'autoLoad', 'meta'].includes(option)) reader.fail('expected gc, autoLoad or meta of a subdocument')
  }
}

function readDeletes(reader: UpdateReader, most: number): Map<number, number[]> {
  const deletes = new Map<number, number[]>()
  let total = 0
  for (let clients = reader.count(2); clients > 0; clients--) {
    const client = reader.uint()
    if (deletes.has(client)) reader.fail(`expected each client once, received ${client} again`)
    const count = reader.count(2)
    total += count
    if (total > most) throw tooHeavy(most)
    const ranges: number[] = []
    for (let i = 0; i < count; i++) {
      const clock = reader.uint(lastClock)
      const length = reader.uint(lastClock)
      if (length === 0) reader.fail('expected a deletion of something, received one of nothing')
      ranges.push(clock, length)
    }
    deletes.set(client, ranges)
  }
  return deletes
}

function tooHeavy(most: number): DeepSpaceError {
  return new DeepSpaceError('too-large', `Too large: the update has more than ${most} structs`)
}

/** Reads a state vector: up to which clock each client's insertions are known. Throws `invalid-message`. */
export function readStateVector(bytes: Uint8Array): Map<number, number> {
  const reader = new UpdateReader(bytes, 'state vector')
  const clocks = new Map<number, number>()
  for (let left = reader.count(2); left > 0; left--) {
    const client = reader.uint()
    if (clocks.has(client)) reader.fail(`expected each client once, received ${client} again`)
    clocks.set(client, reader.uint(lastClock))
  }
  reader.end()
  return clocks
}
