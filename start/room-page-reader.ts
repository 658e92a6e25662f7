import { errorPayload } from '../src/protocol/error-payload.ts'
import { DeepSpaceError } from '../src/protocol/errors.ts'
import {
  type Held,
  type PageQuestion,
  type PageReader,
  questionKey,
  type Reading,
  type Rendered,
  type Snapshot,
} from '../src/protocol/records/snapshot.ts'
import { within } from '../src/protocol/within.ts'
import type { Identity } from '../worker/edge/identity.ts'
import { reach } from '../worker/edge/reach.ts'
import type { Visitor } from './visitor.ts'

/** A question of a page, and what has become of it. */
interface Asked extends Reading {
  readonly question: PageQuestion | undefined
  rendered: Rendered | undefined
}

/** What a page asks of one room. */
interface RoomPage {
  readonly asked: Map<string, Asked>
  /** What is answered, all of it of one commit, and which that is. */
  readonly answered: Set<Asked>
  version: number
  /** The last call that was made, or is about to be. */
  call: Promise<void>
  /** What goes into the next one. */
  next: { readonly asked: Set<Asked>; readonly done: Promise<void> } | undefined
  /** It was late or failed: nothing waits for it again. */
  hasFailed: boolean
}

/** How a room is asked: by RPC, as the user of the request. */
interface Room {
  snapshot(questions: readonly PageQuestion[], as: Identity, held: Held): Promise<Snapshot>
}

/**
 * Reads rooms for the pages of one request, each question once. Questions of one turn go in one call. What a request holds of a
 * room is of one commit at any time: where a later call finds that the room has moved on, it brings what was asked before
 * anew as well. So no part of a page says something older of a record than a part before it, and each can be hydrated.
 */
export class RoomPageReader implements PageReader {
  readonly #visitor: Visitor
  readonly #timeout: number
  readonly #pages = new Map<string, RoomPage>()
  readonly left = new Map<string, Rendered>()

  constructor(visitor: Visitor, timeout: number) {
    this.#visitor = visitor
    this.#timeout = timeout
  }

  read(roomId: string, question?: PageQuestion): Reading {
    const page = this.#pageOf(roomId)
    const key = question ? questionKey(question) : ''
    const known = page.asked.get(key)
    if (known) return known
    page.next ??= this.#callSoon(roomId, page)
    const { next } = page
    const asked: Asked = { question, rendered: undefined, done: next.done }
    page.asked.set(key, asked)
    next.asked.add(asked)
    return asked
  }

  #pageOf(roomId: string): RoomPage {
    const known = this.#pages.get(roomId)
    if (known) return known
    const page: RoomPage = {
      asked: new Map(),
      answered: new Set(),
      version: 0,
      call: Promise.resolve(),
      next: undefined,
      hasFailed: false,
    }
    this.#pages.set(roomId, page)
    return page
  }

  #callSoon(roomId: string, page: RoomPage): NonNullable<RoomPage['next']> {
    const asked = new Set<Asked>()
    page.call = page.call.then(() => {
      page.next = undefined
      return this.#call(roomId, page, [...asked])
    })
    return { asked, done: page.call }
  }

  async #call(roomId: string, page: RoomPage, asked: readonly Asked[]): Promise<void> {
    if (page.hasFailed) return
    const { answered } = page
    const held = { version: page.version, questions: questionsOf(answered) }
    try {
      const snapshot = await within(
        this.#timeout,
        this.#snapshot(roomId, questionsOf(asked), held),
        new Error(`no answer within ${this.#timeout} ms`),
      )
      const isNewer = snapshot.version !== page.version
      const answers = snapshot.answers.values()
      const { user, version } = snapshot
      for (const each of isNewer ? [...asked, ...answered] : asked) {
        const { question } = each
        each.rendered = { ...(question && { asked: question, answer: answers.next().value! }), user, version }
        answered.add(each)
      }
      page.version = version
    } catch (error) {
      if (isRefusal(error)) {
        const answer = { error: errorPayload(error) }
        for (const each of asked) each.rendered = each.question ? { asked: each.question, answer } : {}
        return
      }
      console.error(`liveRecords: room ${JSON.stringify(roomId)} is rendered as loading:`, error)
      page.hasFailed = true
    }
  }

  async #snapshot(roomId: string, questions: readonly PageQuestion[], held: Held): Promise<Snapshot> {
    const { rooms, identityIn } = this.#visitor
    const identity = await identityIn(roomId)
    return reach(rooms, roomId, (room: Room) => room.snapshot(questions, identity, held))
  }
}

function questionsOf(asked: Iterable<Asked>): PageQuestion[] {
  return [...asked].flatMap(({ question }) => question ?? [])
}

/** Whether it is the user who is refused, which the page says, and not the room that has failed. */
function isRefusal(error: unknown): error is DeepSpaceError {
  return error instanceof DeepSpaceError && ['unauthorized', 'token-expired', 'forbidden'].includes(error.code)
}
