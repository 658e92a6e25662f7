import { setTimeout as later } from 'node:timers/promises'
import type { RecordData } from 'deepspace-solid/schema'
import { strike } from './chaos.ts'
import type { Dice } from './dice.ts'
import { equal, freshOf, judgeCopy, judgeStored, rightsTo, storedOf } from './document-answers.ts'
import { rule, strikeDocuments, write, writeOtherwise } from './document-deeds.ts'
import { type DocumentScene, leaveDocumentScene, setDocumentScene } from './document-scene.ts'
import { contains } from './edits.ts'
import type { Events } from './events.ts'
import { type DocumentKind, type DocumentPlace, noteCollections } from './notes.ts'
import type { Operation, RoomState } from './orders.ts'
import { users } from './script.ts'
import { skew as skewClients } from './skewed-date.ts'
import type { Workerd } from './workerd.ts'

/** How much of the time it storms. */
const stormy = 0.75

/** What a storm over documents must have seen. */
export const documentNeeds = [
  'document edits',
  'saved confirmations',
  'document edits refused',
  'refusals given up',
  'refusals of what was written for a record that is gone',
  'documents begun anew',
  'documents begun anew by y-websocket',
  'documents of a record that is gone brought back over a wire',
  'evictions from documents',
  'evictions from texts',
  'edits by y-websocket',
  'edits over a wire',
  'document edits lost on purpose',
  'kills behind a saved confirmation',
  'frames of documents that the spy read',
] as const

/** For how long everybody is away while the records are made again, in milliseconds. */
const awayFor = 400

/** How long everybody may take to have everything once all is calm, in milliseconds. */
const backWithin = 30_000

/** One room whose records have documents: people write, it storms and calms down, and everything is judged. */
export async function runDocuments(
  worker: Workerd,
  name: string,
  lasts: number,
  dice: Dice,
  events: Events,
): Promise<void> {
  const scene = await setDocumentScene(worker, name, dice, events)
  const { lines, authors } = scene
  try {
    const over = AbortSignal.timeout(lasts)
    const isCalm = AbortSignal.timeout(Math.round(lasts * stormy))
    const calm = later(lasts * stormy).then(() => {
      const lost = dice.chance(0.25) ? lines[dice.below(authors.length)] : undefined
      for (const line of lines) line.calm(line === lost)
      // y-websocket would take half a minute to find out that a connection is dead.
      for (const line of lines.slice(authors.length)) line.cutOff(0)
      events.note('the network is calm')
    })
    await Promise.all([
      calm,
      ...authors.map((author) => write(author, dice.fork(), over)),
      writeOtherwise(dice.fork(), scene, over),
      rule(dice.fork(), scene, over),
      // The platform's clock of what is planned is not set, so that of the worker is left alone.
      strike(scene, dice.fork(), true, lasts * stormy, over),
      strikeDocuments(dice.fork(), scene, isCalm),
    ])
    skewClients(0)
    await worker.order({ type: 'limit', room: scene.room, limits: {} })
    events.note('all is calm')
    for (const scribe of scene.scribes) scribe.comeAgain()
    await settle(scene)
    const refused = authors.flatMap(({ copies }) => copies).filter(({ view }) => view.refused)
    events.count('refusals that were shown to the end', refused.length)
    for (const copy of refused) copy.discard()
    await settle(scene)
    await change(scene, dice)
    if (events.violations.length === 0) await killBehindSaved(scene, dice)
    events.count('document rooms')
  } finally {
    leaveDocumentScene(scene)
    for (const line of scene.lines) line.close()
  }
}

/** When all is calm: everybody comes in and writes, then they are sent away, and the records go and are made again. */
async function change(scene: DocumentScene, dice: Dice): Promise<void> {
  const { worker, room, recordIds, authors, stocks, scribes, lines, events } = scene
  const collection = noteCollections[0].name
  const all = async (operations: (recordId: string) => readonly Operation[]): Promise<void> => {
    if (events.violations.length > 0) return
    await worker.order({ type: 'batch', room, operations: recordIds.flatMap(operations), dismissed: undefined })
    await settle(scene)
  }
  const put = (data: RecordData) => all((recordId) => [{ type: 'put', collection, recordId, data }])
  const discard = async (): Promise<void> => {
    for (const { copies } of authors) for (const copy of copies) copy.discard()
    await settle(scene)
  }
  const everybody = { owner: null, people: [...users], visibility: 'public' }
  await put(everybody)
  for (const scribe of scribes) scribe.loseNext(2)
  for (let round = 0; round < 6; round++) {
    for (const { copies } of authors) for (const copy of copies) copy.edit(dice)
    for (const each of [...stocks, ...scribes]) each.edit(dice)
  }
  // Only behind an insertion the room can see that one before it is missing.
  for (const scribe of scribes)
    for (let left = 3; left > 0; left--) scribe.edit(dice, (doc) => doc.getText('content').insert(0, 'last'))
  await settle(scene)
  await discard()
  // While everybody is away, and some of them write, the records are made again.
  for (const line of lines) line.cutOff(awayFor)
  await allAway(scene)
  for (const { copies } of authors) for (const copy of copies) if (dice.chance(0.3)) copy.edit(dice)
  await all((recordId) => [
    { type: 'remove', collection, recordId },
    { type: 'put', collection, recordId, data: everybody },
  ])
  await discard()
  await put({ owner: null, people: [], visibility: 'private' })
  await all((recordId) => [{ type: 'remove', collection, recordId }])
  await put(everybody)
}

/** Waits until every line has been cut that was to be. */
async function allAway({ authors, stocks, scribes }: DocumentScene): Promise<void> {
  const isAway = () =>
    authors.every(({ connection, copies }) =>
      [connection, ...copies.map(({ view }) => view)].every(({ status }) => status !== 'connected'),
    ) && [...stocks, ...scribes].every(({ isConnected }) => !isConnected)
  while (!isAway()) await later(1)
}

/** The worker is killed behind a confirmation, and nobody is there any more who could send again what it had said was stored. */
async function killBehindSaved(scene: DocumentScene, dice: Dice): Promise<void> {
  const { worker, room, authors, saved, ledger, events } = scene
  const confirmed = ledger.nextAcknowledgement
  for (const { copies } of authors) for (const copy of copies) if (copy.view.canWrite) copy.edit(dice)
  await Promise.race([confirmed, later(5_000)])
  await worker.kill()
  leaveDocumentScene(scene)
  await worker.start()
  for (const place of placesIn(scene)) {
    const fresh = await freshOf(`http://127.0.0.1:${worker.port}`, room, place)
    for (const violation of judgeStored(place, await storedOf(worker, room, place), fresh, saved, () => {}))
      events.blame(violation)
  }
  events.count('kills behind a saved confirmation')
}

/** Waits until nothing is wrong any more. What still is then is told. */
async function settle(scene: DocumentScene): Promise<void> {
  const deadline = performance.now() + backWithin
  let wrong: string[]
  do {
    await later(50)
    encourage(scene)
    wrong = []
    for await (const violation of judgeAll(scene)) wrong.push(violation)
    if (scene.events.violations.length > 0) return
  } while (wrong.length > 0 && performance.now() < deadline)
  for (const violation of wrong) scene.events.blame(`${violation}, ${backWithin / 1000} s after all was calm`)
}

/** Whoever is refused, or was told to stay away, tries again, as people do. */
function encourage({ authors, stocks, scribes }: DocumentScene): void {
  for (const author of authors) {
    if (author.connection.status === 'refused') author.connection.reconnect()
    for (const copy of author.copies) {
      author.turn(copy, copy.view.status !== 'refused')
    }
  }
  for (const stock of stocks) if (!stock.isConnected) stock.knock()
  for (const scribe of scribes) if (!scribe.isIn) scribe.begin()
}

const kinds: readonly DocumentKind[] = ['yjs', 'text']

function placesIn({ recordIds }: DocumentScene): readonly DocumentPlace[] {
  return recordIds.flatMap((recordId) => kinds.map((kind) => ({ kind, recordId })))
}

/** What is wrong with the documents of a room, by what is stored, what is sent, and what everybody has. */
async function* judgeAll(scene: DocumentScene): AsyncGenerator<string> {
  const { worker, room, authors, stocks, scribes, saved, events } = scene
  const state = await worker.order<RoomState>({ type: 'state', room })
  const base = `http://127.0.0.1:${worker.port}`
  const compared = () => events.count('comparisons of documents')
  for (const place of placesIn(scene)) {
    const isPlace = (each: { readonly place: DocumentPlace }): boolean =>
      each.place.kind === place.kind && each.place.recordId === place.recordId
    const fresh = await freshOf(base, room, place)
    const stored = await storedOf(worker, room, place)
    yield* judgeStored(place, stored, fresh, saved, compared)
    for (const { user, copies } of authors) {
      for (const copy of copies.filter(isPlace)) {
        yield* judgeCopy(copy, rightsTo(place.recordId, user, state), fresh, stored.former)
        compared()
      }
    }
    for (const { name, user, doc, isConnected, isSynced } of stocks.filter(isPlace)) {
      const rights = rightsTo(place.recordId, user, state)
      if (rights === 'none') {
        if (isConnected) yield `${name} is connected, and may not read`
      } else if (!isSynced) yield `${name} is not synced`
      else if (rights === 'write') yield* equal(name, doc, fresh!)
      else if (!contains(doc, fresh!)) yield `${name} lacks something`
      compared()
    }
    for (const { name, user, doc, isIn } of scribes.filter(isPlace)) {
      const rights = rightsTo(place.recordId, user, state)
      if (isIn !== (rights !== 'none')) yield `${name} is ${isIn ? '' : 'not '}in, and may ${rights}`
      else if (isIn) yield* equal(name, doc, fresh!)
      compared()
    }
  }
}
