import { setTimeout as later } from 'node:timers/promises'
import type { RecordData } from 'deepspace-solid/schema'
import type { Author } from './author.ts'
import { tellPages } from './browser.ts'
import type { Dice } from './dice.ts'
import type { DocumentScene } from './document-scene.ts'
import { docIdOf, noteCollections } from './notes.ts'
import type { Operation } from './orders.ts'
import { users } from './script.ts'

/** What one author does, at random, until it is over. */
export async function write(author: Author, dice: Dice, over: AbortSignal): Promise<void> {
  const weights = { edit: 20, say: 1, turn: 0.5, discard: 1, reconnect: 0.2, goAway: 0.2 }
  while (!over.aborted) {
    await later(dice.wait(25))
    const copy = dice.pick(author.copies)
    // Most people leave alone what they cannot write.
    if (!copy.view.canWrite && dice.chance(0.85)) continue
    switch (dice.weighted(weights)) {
      case 'edit':
        copy.edit(dice)
        break
      case 'say':
        copy.say(dice.below(100))
        break
      case 'turn':
        author.turn(copy, false)
        void later(dice.wait(80)).then(() => author.turn(copy, true))
        break
      case 'discard':
        copy.discard()
        break
      case 'reconnect':
        author.connection.reconnect()
        break
      case 'goAway':
        author.connection.disconnect()
        void later(dice.wait(150)).then(() => author.connection.reconnect())
        break
    }
  }
}

/** What those do who have another client. */
export async function writeOtherwise(dice: Dice, { stocks, scribes }: DocumentScene, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await later(dice.wait(30))
    const stock = dice.pick(stocks)
    const scribe = dice.pick(scribes)
    switch (dice.weighted({ stock: 8, scribe: 8, say: 1, knock: 1, begin: 1, comeAgain: 0.3 })) {
      case 'stock':
        stock.edit(dice)
        break
      case 'scribe':
        scribe.edit(dice)
        break
      case 'say':
        stock.say(dice.below(100))
        break
      case 'knock':
        stock.knock()
        break
      case 'begin':
        if (!scribe.isIn) scribe.begin()
        break
      case 'comeAgain':
        scribe.comeAgain()
        break
    }
  }
}

/** Who may read and write changes, and records go and are made again, until it is over. */
export async function rule(dice: Dice, scene: DocumentScene, over: AbortSignal): Promise<void> {
  const { worker, room, recordIds, authors, events, ledger } = scene
  const batch = async (what: string, operations: readonly Operation[], sent?: string): Promise<void> => {
    events.note(`the room: ${what}`)
    const answer = worker.order<void>({ type: 'batch', room, operations, dismissed: sent })
    await ledger.follow([], answer)
    events.count(what.split(' of ')[0]!)
  }
  while (!over.aborted) {
    await later(dice.wait(120))
    const recordId = dice.pick(recordIds)
    const user = dice.pick(['alice', 'bob', 'carol'])
    const put = (data: RecordData): Operation => ({ type: 'put', collection: noteCollections[0].name, recordId, data })
    const remove: Operation = { type: 'remove', collection: noteCollections[0].name, recordId }
    const step = dice.weighted({ access: 8, role: 4, remove: 1, remake: 1, dismiss: 0.3 })
    switch (step) {
      case 'access':
        await batch(`changes of access of ${recordId}`, [put(drawAccess(dice))])
        break
      case 'role': {
        const role = dice.pick(['member', 'member', 'viewer', 'admin'])
        events.note(`the role of ${user} is to be ${role}`)
        await authors[0]!.setRole(user, role).then(
          () => events.count('changes of role'),
          () => {},
        )
        break
      }
      case 'remove':
        await batch(`removals of ${recordId}`, [remove]).catch(() => {})
        await later(dice.wait(60))
        await batch(`creations of ${recordId}`, [put(drawAccess(dice))])
        break
      case 'remake':
        await batch(`removals with a new record of ${recordId}`, [remove, put(drawAccess(dice))]).catch(() => {})
        break
      case 'dismiss':
        await batch(`dismissals of ${user}`, [put(drawAccess(dice))], user)
        break
    }
  }
}

/** Who is let in by a record: often everybody. */
export function drawAccess(dice: Dice): RecordData {
  const some = users.filter(() => dice.chance(0.5))
  return {
    owner: dice.pick([null, 'alice', 'bob']),
    people: dice.chance(0.4) ? [...users] : some,
    visibility: dice.pick(['private', 'public', 'public']),
  }
}

/** What befalls the rooms of the documents, and the lines, beside what befalls the room of the records. */
export async function strikeDocuments(dice: Dice, scene: DocumentScene, over: AbortSignal): Promise<void> {
  const { worker, room, recordIds, lines, events } = scene
  const orders = new Set<Promise<void>>()
  const order = (name: string, asked: Promise<unknown>): void => {
    const done: Promise<void> = asked
      .then(
        () => events.count(name),
        (error: Error) => events.note(`${name}: ${error.message}`),
      )
      .finally(() => orders.delete(done))
    orders.add(done)
  }
  while (!over.aborted) {
    await later(dice.wait(80))
    const document = docIdOf(dice.pick(recordIds))
    switch (dice.weighted({ sleep: 8, end: 0.3, crash: 0.7, cutOff: 3, online: 1, pagehide: 0.5 })) {
      case 'sleep':
        if (!worker.isSleeping)
          order('sleeps of documents', worker.order({ type: 'sleep', room, document, closes: false }))
        break
      case 'end':
        events.note(`${document} ends its connections`)
        order('ends of documents', worker.order({ type: 'sleep', room, document, closes: true }))
        break
      case 'crash':
        events.note(`${document} crashes`)
        await worker.order({ type: 'crash', room, document }).catch(() => events.count('crashes of documents'))
        break
      case 'cutOff':
        dice.pick(lines).cutOff(dice.wait(200))
        break
      case 'online':
        tellPages('online')
        break
      case 'pagehide':
        tellPages('pagehide')
        break
    }
  }
  await Promise.all(orders)
}
