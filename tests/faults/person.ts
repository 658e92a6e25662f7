import {
  createConnection,
  createCount,
  createMutations,
  createQuery,
  createRecord,
  createUser,
  createUsers,
  type QueryOptions,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import type { Collection } from 'deepspace-solid/schema'
import { createComponent, createEffect, createRoot, createSignal, type Signal } from 'solid-js'
import { queryKey } from '../../src/protocol/records/query.ts'
import type { Question } from '../support/live-questions.ts'
import type { Events } from './events.ts'
import type { Sightings } from './sightings.ts'
import type { Tokens } from './tokens.ts'
import { type Observed, watchPort } from './witness.ts'

/** Who somebody is and where. */
export interface PersonOptions {
  readonly name: string
  readonly room: string
  readonly collections: readonly Collection[]
  /** Who is signed in at first; nobody for an anonymous visitor. */
  readonly user: string | undefined
  readonly tokens: Tokens
  /** Whether tokens are given as promises. */
  readonly isAsync: boolean
  /** The port of the line to the worker. */
  readonly port: number
  readonly questions: readonly Question[]
  /** The id of the one record that is looked at by itself. */
  readonly favourite: string
  readonly sightings: Sightings
  readonly events: Events
}

/** One page of somebody: the client as an app uses it, without anything to draw on. */
export class Person {
  readonly name: string
  readonly port: number
  readonly favourite: string
  /** The sockets that were opened for this page, in order. */
  readonly sockets: Observed[] = []
  readonly #user: Signal<string | undefined>
  readonly #questions: readonly Signal<Question>[]
  /** How many pages each query shows. */
  readonly #pages: number[]
  readonly #page: ReturnType<typeof openPage>
  readonly #dispose: () => void

  constructor(options: PersonOptions) {
    const { name, port, events, sightings } = options
    this.name = name
    this.port = port
    this.favourite = options.favourite
    this.#user = createSignal(options.user)
    this.#questions = options.questions.map((question) => createSignal(question))
    this.#pages = options.questions.map(() => 1)
    const onSecondAnswer = (requestId: string) => events.blame(`${name} was answered twice (W5): ${requestId}`)
    const onPart = () => events.count('parts of long results')
    const onFrame = (text: string) => events.trace(text)
    watchPort(port, { name, sockets: this.sockets, sightings, onSecondAnswer, onFrame, onPart })
    const { page, dispose } = createRoot((dispose) => ({
      page: openPage(options, this.#user[0], this.#questions),
      dispose,
    }))
    this.#page = page
    this.#dispose = dispose
  }

  /** Who is signed in. */
  get user(): string | undefined {
    return this.#user[0]()
  }

  /** The socket of the present connection, while there is one. */
  get line(): Observed | undefined {
    return this.connection.status === 'connected' ? this.sockets.at(-1) : undefined
  }

  get connection() {
    return this.#page.connection
  }

  get role() {
    return this.#page.user.role
  }

  get things() {
    return this.#page.things
  }

  get members() {
    return this.#page.members
  }

  get setRole() {
    return this.#page.users.setRole
  }

  get record() {
    return this.#page.record
  }

  /** Every query with its count, its question, and how many records it shows at most. */
  get queries() {
    return this.#page.queries.map((query, at) => {
      const question = this.#questions[at]![0]()
      const limit = question.limit === undefined ? undefined : question.limit * this.#pages[at]!
      return { query, count: this.#page.counts[at]!, question, limit }
    })
  }

  /** The ids of the records on show. */
  get seen(): readonly string[] {
    return this.#page.queries.flatMap(({ records }) => records.map(({ recordId }) => recordId))
  }

  /** Has a query ask something else. */
  ask(at: number, question: Question): void {
    const [before, setQuestion] = this.#questions[at]!
    if (keyOf(before()) !== keyOf(question)) this.#pages[at] = 1
    setQuestion(() => question)
  }

  /** Has a query show more; says whether it can. */
  more(at: number): boolean {
    const query = this.#page.queries[at]!
    if (this.#questions[at]![0]().limit === undefined || query.status !== 'ready' || !query.hasMore) return false
    this.#pages[at]!++
    query.loadMore()
    return true
  }

  /** Somebody else signs in. */
  become(user: string | undefined): void {
    this.#user[1](user)
  }

  leave(): void {
    this.#dispose()
  }
}

function openPage(options: PersonOptions, user: () => string | undefined, questions: readonly Signal<Question>[]) {
  const { name, room, collections, tokens, isAsync, port, favourite, sightings, events } = options
  const things = collections[0]!
  const make = () => {
    const made = {
      connection: createConnection(),
      user: createUser(),
      users: createUsers(),
      things: createMutations(things),
      members: createMutations('team_members'),
      queries: questions.map(([question]) => createQuery(things, () => question() as QueryOptions<typeof things>)),
      counts: questions.map(([question]) => createCount(things, () => question().where ?? {})),
      record: createRecord(things, favourite),
    }
    const see = (record: { recordId: string; data: object }): void =>
      sightings.see(`${name}, on the page`, record.recordId, (record.data as { f0: string }).f0)
    for (const query of made.queries) createEffect(() => query.records.forEach(see))
    createEffect(() => made.record.record && see(made.record.record))
    createEffect(() => {
      const { status } = made.connection
      events.note(`${name} is ${status}`)
      if (status !== 'refused') return
      events.count('refusals')
      if (!tokens.isShort) events.blame(`${name} was refused with a good token (C5): ${made.connection.error?.message}`)
    })
    return made
  }
  let made: ReturnType<typeof make>
  createComponent(RecordProvider, {
    url: `http://127.0.0.1:${port}`,
    getToken: () => {
      const token = tokens.of(user())
      return isAsync ? Promise.resolve(token) : token
    },
    onWriteError: ({ error }) => events.blame(`${name} heard of a write that nobody made: ${error.message}`),
    onError: (error) => events.blame(`${name} was sent an error that belongs to nothing: ${error.message}`),
    get children() {
      return createComponent(RecordScope, {
        roomId: room,
        collections,
        get children() {
          made = make()
          return null
        },
      })
    },
  })
  return made!
}

function keyOf(question: Question): string {
  return queryKey({ ...question, collection: 'things' } as Parameters<typeof queryKey>[0])
}
