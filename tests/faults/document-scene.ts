import { Author } from './author.ts'
import type { Dice } from './dice.ts'
import { drawAccess } from './document-deeds.ts'
import type { Events } from './events.ts'
import { Ledger } from './ledger.ts'
import { Line } from './line.ts'
import { noteCollections, notesPrefix, recordIdIn } from './notes.ts'
import { SavedEdits } from './saved-edits.ts'
import { Scribe } from './scribe.ts'
import { users } from './script.ts'
import { Stock } from './stock.ts'
import { makeTokens } from './tokens.ts'
import type { Workerd } from './workerd.ts'

const pages = [
  { name: 'root', user: 'root' },
  { name: 'alice', user: 'alice' },
  { name: "alice's phone", user: 'alice' },
  { name: 'bob', user: 'bob' },
  { name: 'visitor', user: undefined },
] as const

/** How long a page keeps a document that was left, in milliseconds of the clients. */
const keptFor = [undefined, 0, 300]

/** One room whose records have documents, and everybody in it. */
export interface DocumentScene {
  readonly worker: Workerd
  readonly room: string
  readonly recordIds: readonly string[]
  readonly events: Events
  readonly ledger: Ledger
  readonly saved: SavedEdits
  readonly lines: readonly Line[]
  readonly authors: readonly Author[]
  readonly stocks: readonly Stock[]
  readonly scribes: readonly Scribe[]
}

/** Opens a room with a few records, and has everybody open their documents. */
export async function setDocumentScene(
  worker: Workerd,
  name: string,
  dice: Dice,
  events: Events,
): Promise<DocumentScene> {
  const room = `${notesPrefix}${name}`
  events.note(`the room ${room}`)
  const recordIds = [0, 1].map((number) => recordIdIn(room, number))
  const ledger = new Ledger()
  const saved = new SavedEdits(() => ledger.acknowledged())
  const lines: Line[] = []
  const tokens = await makeTokens(users, false)
  const collection = noteCollections[0].name
  const operations = recordIds.map(
    (recordId) => ({ type: 'put', collection, recordId, data: drawAccess(dice) }) as const,
  )
  await worker.order({ type: 'batch', room, operations, dismissed: undefined })
  const open = async (name: string): Promise<number> => {
    const target = () => worker.port
    const line = await Line.open({ name, dice: dice.fork(), events, target, heavy: false, isLegible: false })
    lines.push(line)
    return line.port
  }
  const authors: Author[] = []
  for (const { name, user } of pages) {
    const keepFor = dice.pick(keptFor)
    const port = await open(name)
    authors.push(new Author({ name, room, user, tokens, keepFor, port, recordIds, saved, events }))
  }
  const stocks: Stock[] = []
  const scribes: Scribe[] = []
  for (const [at, recordId] of recordIds.entries()) {
    const user = at === 0 ? 'carol' : 'bob'
    const stock = `${user} with y-websocket`
    stocks.push(await Stock.open(stock, user, tokens, recordId, await open(stock), events))
    const scribe = `${user} with a wire`
    scribes.push(new Scribe(scribe, user, tokens, room, recordId, await open(scribe), events))
  }
  return { worker, room, recordIds, events, ledger, saved, lines, authors, stocks, scribes }
}

/** Everybody leaves; who has left does not mind. */
export function leaveDocumentScene({ authors, stocks, scribes }: DocumentScene): void {
  for (const each of [...authors, ...stocks, ...scribes]) each.leave()
}
