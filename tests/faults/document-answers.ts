import * as Y from 'yjs'
import { DocWire } from '../support/doc-wire.ts'
import { TextWire } from '../support/text-wire.ts'
import { admin } from '../support/users.ts'
import { Wire } from '../support/wire.ts'
import { sightOf } from './answers.ts'
import type { Copy } from './copy.ts'
import { contains, documentOf, has, say } from './edits.ts'
import { type DocumentPlace, docIdOf, nameOfPlace, noteCollections, textField } from './notes.ts'
import type { RoomState, StoredRow } from './orders.ts'
import type { SavedEdits } from './saved-edits.ts'
import type { Workerd } from './workerd.ts'

/** Everything that was ever stored of one document: what it is now, and what it was for the records that had its id before. */
export interface Stored {
  readonly now: Y.Doc
  readonly former: readonly Y.Doc[]
}

/** What somebody may do with a document. */
export type Rights = 'none' | 'read' | 'write'

/** Reads what was stored of a document. */
export async function storedOf(worker: Workerd, room: string, { kind, recordId }: DocumentPlace): Promise<Stored> {
  const document = kind === 'yjs' ? docIdOf(recordId) : undefined
  const rows = await worker.order<readonly StoredRow[]>({ type: 'stored', room, ...(document && { document }) })
  const lives: Uint8Array[][] = [[]]
  for (const { doc, data } of rows) {
    // A text is stored under a name in which the id stands, and ends with the record of that id.
    if (document === undefined && doc !== recordId && !doc.includes(`:${recordId}:`)) continue
    if (data) lives.at(-1)!.push(new Uint8Array(data))
    else lives.push([])
  }
  const [now, ...former] = lives.reverse().map(documentOf)
  return { now: now!, former }
}

/** What somebody is sent who comes now and may read everything; `undefined` where nobody is let in. */
export async function freshOf(
  base: string,
  room: string,
  { kind, recordId }: DocumentPlace,
): Promise<Y.Doc | undefined> {
  if (kind === 'yjs') {
    const wire = await DocWire.open(base, docIdOf(recordId), admin)
    wire.send({ type: 'sync', step: 'vector', payload: Y.encodeStateVector(wire.doc) })
    const answer = wire.until((frame) => frame.type === 'sync' && frame.step === 'state').then(() => true)
    const isIn = await Promise.race([answer, wire.closed.then(() => false)])
    wire.socket.close()
    return isIn ? wire.doc : undefined
  }
  const wire = await Wire.open(base, room, admin, 'v=1')
  const text = new TextWire(wire, noteCollections[0].name, recordId, textField)
  const { success } = await text.join()
  await wire.close()
  return success ? text.doc : undefined
}

/** What each user may do with a record, by the oracle's opinion; nobody with one that is not there. */
export function rightsTo(recordId: string, user: string | undefined, state: RoomState): Rights {
  const { role, records } = sightOf(user, state, noteCollections[0])
  const record = records.find((each) => each.recordId === recordId)
  if (!record) return 'none'
  if (role === 'admin') return 'write'
  const { owner, people } = record.data as unknown as { owner?: string | null; people: readonly string[] }
  const isTheirs = user !== undefined && (owner === user || people.includes(user))
  return role === 'member' && isTheirs ? 'write' : 'read'
}

/** What is wrong with what is stored: it is what is sent, and of what anybody was told that it is stored nothing is lost. */
export function* judgeStored(
  place: DocumentPlace,
  { now, former }: Stored,
  fresh: Y.Doc | undefined,
  saved: SavedEdits,
  compared: () => void,
): Generator<string> {
  const name = nameOfPlace(place)
  if (fresh) yield* equal(`${name}: what is sent, and what is stored`, fresh, now)
  else if (now.store.clients.size > 0) yield `${name}: the record is gone, and there is ${say(now)} (G6, X6)`
  compared()
  const all = saved.of(place)
  const lives = [now, ...former]
  for (const [at, life] of lives.entries()) {
    if (lives.slice(at + 1).some((other) => isOfSame(life, other)))
      yield `${name}: what was written for one record is stored for another too (T12, X13): ${lives.map(say).join('; ')}`
  }
  const isWhole = former.length === 0 && all.length > 0 && has(now, Y.mergeUpdates(all.map(({ update }) => update)))
  if (isWhole) return compared()
  for (const { by, update } of all) {
    if (lives.some((life) => has(life, update))) continue
    const what = JSON.stringify(
      [...Y.decodeUpdate(update).structs].map(({ id, length }) => [id.client, id.clock, length]),
    )
    yield `${name}: ${by} was told that an edit is stored, and it is not (T4, W7): ${what}; there is ${say(now)}`
  }
  compared()
}

/**
 * What is wrong with what a page shows of a document to somebody with these rights; `former` is what there was for records
 * that had the id before.
 */
export function* judgeCopy(
  { name, view, unsaved }: Copy,
  rights: Rights,
  fresh: Y.Doc | undefined,
  former: readonly Y.Doc[],
): Generator<string> {
  const { status, doc, synced, canWrite, saved, refused, error } = view
  if (rights === 'none') {
    if (status !== 'off' && status !== 'refused') yield `${name} is ${status}, and may not be read`
    if (doc && doc.store.clients.size > 0 && status !== 'off')
      yield `${name} shows what may not be read: ${say(doc)} (G5, X10)`
    return
  }
  if (status !== 'connected' || !doc || !synced)
    return yield `${name} is ${status} (${error?.message}), ${synced ? '' : 'not '}synced, and may be read (D3)`
  if (canWrite !== (rights === 'write'))
    yield `${name} ${canWrite ? 'can' : 'cannot'} be written, and may ${rights} (D5)`
  if (!fresh) return yield `${name} may be read, and nobody is sent it`
  // What was written for a record that is gone is shown alone until it is given up, also where it was never stored.
  const isFormer = former.some((life) => isOfSame(doc, life)) || (rights === 'read' && !isOfSame(doc, fresh))
  if (refused && (refused.code === 'not-found' || isFormer)) {
    if (fresh.store.clients.has(doc.clientID)) yield `${name} is refused, and is in the room (D7): ${refused.message}`
    return
  }
  if (refused || unsaved.length > 0) {
    if (rights === 'write') yield `${name} is not saved: ${refused?.message ?? 'nothing is refused'} (D4, D7)`
    else if (!refused) yield `${name} has ${unsaved.length} edits that are neither stored nor refused (D7)`
    if (!contains(doc, fresh)) yield `${name} lacks something: ${say(doc)}, the room has ${say(fresh)} (D3)`
    return
  }
  if (!saved) yield `${name} is not saved, and nothing was written`
  yield* equal(name, doc, fresh)
}

/** Whether two documents have anything of one writer: an id of Yjs is that of one copy. */
function isOfSame(one: Y.Doc, other: Y.Doc): boolean {
  return [...one.store.clients.keys()].some((id) => other.store.clients.has(id))
}

/** Two documents are equal where each has all that the other has. */
export function* equal(what: string, one: Y.Doc, other: Y.Doc): Generator<string> {
  const [lacks, exceeds] = [!contains(one, other), !contains(other, one)]
  if (lacks || exceeds)
    yield `${what}: the first ${[lacks && 'lacks', exceeds && 'exceeds'].filter(Boolean).join(' and ')} the other: ${say(one)}; ${say(other)}`
  const texts = [one, other].map((doc) => doc.getText('content').toString())
  if (!lacks && !exceeds && texts[0] !== texts[1]) yield `${what}: have the same, and say ${JSON.stringify(texts)}`
}
