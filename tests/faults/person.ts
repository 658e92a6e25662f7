import {
  createConnection,
  createCount,
  createMutations,
  createQuery,
  createRecord,
  createUser,
  createUsers,
  type DeepSpaceError,
  type QueryOptions,
  RecordProvider,
  RecordScope,
} from 'deepspace-solid'
import type { Collection, RecordEnvelope } from 'deepspace-solid/schema'
import {
  createComponent,
  createComputed,
  createEffect,
  createMemo,
  createRoot,
  createSignal,
  mapArray,
  type Signal,
  untrack,
} from 'solid-js'
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
  /** How long the provider keeps what nobody wants any more. */
  readonly keepFor: number | undefined
  /** The port of the line to the worker. */
  readonly port: number
  readonly questions: readonly Question[]
  /** The id of the one record that is looked at by itself. */
  readonly favourite: string
  /** The users who may be sent away. */
  readonly dismissed: ReadonlySet<string>
  readonly sightings: Sightings
  readonly events: Events
}

/** A part of a page that comes and goes: a list, or some records one by one. */
export interface Visit {
  readonly question?: Question
  readonly recordIds?: readonly string[]
  /** Told of the whole list each time that it is another one. */
  readonly onShown?: (records: readonly RecordEnvelope[]) => void
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
  /** How many pages each query shows, and how many more it may show: more was wanted of it while it was loading. */
  readonly #pages: { sure: number; possible: number }[]
  /** What was asked so far, the latest first. */
  #asked: readonly Question[]
  readonly #page: ReturnType<typeof openPage>
  readonly #dispose: () => void

  constructor(options: PersonOptions) {
    const { name, port, events, sightings } = options
    this.name = name
    this.port = port
    this.favourite = options.favourite
    this.#user = createSignal(options.user)
    this.#questions = options.questions.map((question) => createSignal(question))
    this.#pages = options.questions.map(() => ({ sure: 1, possible: 0 }))
    this.#asked = options.questions
    const onSecondAnswer = (requestId: string) => events.blame(`${name} was answered twice (W5): ${requestId}`)
    const onPart = () => events.count('parts of long results')
    const onFrame = (text: string) => events.trace(text)
    const onPostponed = () => {
      events.count('refusals that pass')
      // A refusal that passes changes nothing of what is shown (R10).
      const before = this.#show()
      return () => {
        const after = this.#show()
        if (after !== before)
          events.blame(`${name} shows something else for a refusal that passes (R10): ${before} became ${after}`)
      }
    }
    watchPort(port, { name, sockets: this.sockets, sightings, onSecondAnswer, onFrame, onPart, onPostponed })
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
    return !this.isAway && this.connection.status === 'connected' ? this.sockets.at(-1) : undefined
  }

  /** Whether the page shows something else now; nothing else can be asked of this person then but to come back. */
  get isAway(): boolean {
    return !this.#page.isOpen()
  }

  /** How many queries the page always has: they come first, and ask something else now and then. */
  get lists(): number {
    return this.#questions.length
  }

  /** What was asked so far. */
  get asked(): readonly Question[] {
    return this.#asked
  }

  get connection() {
    return this.#page.made.connection
  }

  get role() {
    return this.#page.made.user.role
  }

  get things() {
    return this.#page.made.things
  }

  get members() {
    return this.#page.made.members
  }

  get setRole() {
    return this.#page.made.users.setRole
  }

  /** The roster, as far as it is shown. */
  get roster() {
    return this.#page.made.users.users
  }

  /** Every record that is looked at by itself, with its id. */
  get records() {
    const { record, visits } = this.#page.made
    return [{ recordId: this.favourite, record }, ...visits().flatMap(({ records }) => records)]
  }

  /** Every query with its count, its question, and how many records it shows at most. */
  get queries() {
    const { queries, counts, visits } = this.#page.made
    const own = queries.map((query, at) => {
      const question = this.#questions[at]![0]()
      const { sure, possible } = this.#pages[at]!
      const pages = Math.ceil(query.records.length / (question.limit ?? 1))
      const shown = Math.min(sure + possible, Math.max(sure, pages))
      const limit = question.limit === undefined ? undefined : question.limit * shown
      return { query, count: counts[at], question, limit }
    })
    const others = visits().flatMap(({ query, visit: { question } }) =>
      query && question ? [{ query, count: undefined, question, limit: question.limit }] : [],
    )
    return [...own, ...others]
  }

  /** The parts of the page that come and go. */
  get visits(): readonly Visit[] {
    return this.isAway ? [] : this.#page.made.visits().map(({ visit }) => visit)
  }

  /** The ids of the records on show. */
  get seen(): readonly string[] {
    return this.isAway ? [] : this.queries.flatMap(({ query }) => query.records.map(({ recordId }) => recordId))
  }

  /** Has a query ask something else. */
  ask(at: number, question: Question): void {
    const [before, setQuestion] = this.#questions[at]!
    if (keyOf(before()) !== keyOf(question)) {
      // What was wanted while it is loading may be given to what is asked next.
      const isLoading = this.#page.made.queries[at]!.status === 'loading'
      this.#pages[at] = { sure: 1, possible: isLoading ? Math.min(1, this.#pages[at]!.possible) : 0 }
    }
    this.#remember(question)
    setQuestion(() => question)
  }

  /** Has a query show more; says whether it can. */
  more(at: number): boolean {
    const query = this.#page.made.queries[at]!
    if (this.#questions[at]![0]().limit === undefined) return false
    // Whether there is more is known when it has come.
    if (query.status === 'loading') this.#pages[at]!.possible++
    else if (query.status === 'ready' && query.hasMore) this.#pages[at]!.sure++
    else return false
    query.loadMore()
    return true
  }

  /** Shows one more part. */
  visit(visit: Visit): void {
    if (visit.question) this.#remember(visit.question)
    this.#page.setVisits((visits) => [...visits, visit].slice(-mostVisits))
  }

  /** Shows a part no more. */
  endVisit(visit: Visit): void {
    this.#page.setVisits((visits) => visits.filter((each) => each !== visit))
  }

  /** Leaves the page for another one, on which nothing of the room is. */
  turn(): void {
    this.#page.setOpen(false)
  }

  /** Opens the page again, if it is not open. */
  comeBack(): void {
    if (!this.isAway) return
    for (const [at] of this.#questions.entries()) this.#pages[at] = { sure: 1, possible: 0 }
    this.#page.setOpen(true)
  }

  /** Somebody else signs in. */
  become(user: string | undefined): void {
    this.#user[1](user)
  }

  leave(): void {
    this.#dispose()
  }

  #remember(question: Question): void {
    this.#asked = [question, ...this.#asked].slice(0, 6)
  }

  /** Everything on show, as a text. */
  #show(): string {
    if (this.isAway) return ''
    const lists = this.queries.map(({ query }) => [query.status, ...query.records.map(({ recordId }) => recordId)])
    return JSON.stringify([lists, this.records.map(({ record }) => [record.status, record.record?.data])])
  }
}

/** So many parts of a page are open at once at most. */
const mostVisits = 4

function openPage(options: PersonOptions, user: () => string | undefined, questions: readonly Signal<Question>[]) {
  const { name, room, collections, tokens, isAsync, keepFor, port, favourite, dismissed, sightings, events } = options
  const things = collections[0]!
  const see = (record: { recordId: string; data: object }): void =>
    sightings.see(`${name}, on the page`, record.recordId, (record.data as { f0: string }).f0)
  const look = (recordId: string) => {
    const record = createRecord(things, recordId)
    createEffect(() => record.record && see(record.record))
    return { recordId, record }
  }
  const list = (question: () => Question) => {
    const query = createQuery(things, () => question() as QueryOptions<typeof things>)
    createEffect(() => query.records.forEach(see))
    return query
  }
  const [isOpen, setOpen] = createSignal(true)
  const [visits, setVisits] = createSignal<readonly Visit[]>([])
  const make = () => {
    const made = {
      connection: createConnection(),
      user: createUser(),
      users: createUsers(),
      things: createMutations(things),
      members: createMutations('team_members'),
      queries: questions.map(([question]) => list(question)),
      counts: questions.map(([question]) => createCount(things, () => question().where ?? {})),
      record: look(favourite).record,
      visits: createMemo(
        mapArray(visits, (visit) => {
          const { question, recordIds = [] } = visit
          const query = question && list(() => question)
          createEffect(() => query?.status === 'ready' && visit.onShown?.(query.records as readonly RecordEnvelope[]))
          return { visit, query, records: recordIds.map(look) }
        }),
      ),
    }
    createEffect(() => {
      const { status } = made.connection
      events.note(`${name} is ${status}`)
      if (status !== 'refused') return
      events.count('refusals')
      const { error } = made.connection
      if (!isToBeRefused(error!)) events.blame(`${name} was refused with a good token (C5): ${error?.message}`)
    })
    return made
  }
  /** Whether an error says what we know: tokens are short, and some people are sent away. */
  const isToBeRefused = ({ code }: DeepSpaceError): boolean =>
    code === 'forbidden' ? dismissed.size > 0 : tokens.isShort && (code === 'unauthorized' || code === 'token-expired')
  const isExpected = (error: DeepSpaceError): boolean =>
    isToBeRefused(error) || error.message.startsWith('Could not connect')
  let made: ReturnType<typeof make>
  const scope = {
    roomId: room,
    collections,
    get children() {
      made = make()
      return null
    },
  }
  createComponent(RecordProvider, {
    url: `http://127.0.0.1:${port}`,
    keepFor,
    getToken: () => {
      const token = tokens.of(user())
      return isAsync ? Promise.resolve(token) : token
    },
    onWriteError: ({ error }) => events.blame(`${name} heard of a write that nobody made: ${error.message}`),
    onError: (error) => {
      if (isExpected(error)) events.count('errors of connections')
      else events.blame(`${name} was sent an error that belongs to nothing: ${error.message}`)
    },
    get children() {
      // What is opened in it goes when it runs again.
      createComputed(() => {
        if (isOpen()) untrack(() => createComponent(RecordScope, scope))
      })
      return null
    },
  })
  return {
    isOpen,
    setOpen,
    setVisits,
    get made() {
      return made
    },
  }
}

function keyOf(question: Question): string {
  return queryKey({ ...question, collection: 'things' } as Parameters<typeof queryKey>[0])
}
