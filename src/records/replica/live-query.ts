import { createSignal } from 'solid-js'
import { createAtom } from '../../live/atom.ts'
import type { DeepSpaceError } from '../../protocol/errors.ts'
import { jsonEqual } from '../../protocol/json.ts'
import { type Cursor, placeOf } from '../../protocol/records/cursor.ts'
import type { QueryResult, Subscribe } from '../../protocol/records/messages.ts'
import { fieldsOf, matches, type Query, type Question, readQuery } from '../../protocol/records/query.ts'
import type { RecordEnvelope } from '../../protocol/records/record.ts'
import { OrderedRows } from './ordered-rows.ts'
import { createRecordsView } from './records-view.ts'
import type { Row } from './row.ts'

/** What a query is doing: nothing, waiting for its first result, showing one, or refused. */
export type QueryStatus = 'off' | 'loading' | 'ready' | 'error'

/**
 * A query that the room keeps answering: an ordered window over the rows of the cache. Every component that asks the
 * same question shares one.
 *
 * With a limit it holds a complete prefix of the order, a little longer than what it shows: live changes keep it
 * exact, and only when the prefix runs short does it ask for what lies behind it.
 */
export class LiveQuery {
  readonly id: string
  query: Query
  /** Whether it asks for nothing but {@link count}. */
  readonly counts: boolean
  /** The fields whose change can move a row into, out of or within this query. */
  readonly fields: ReadonlySet<string>
  /** The records it shows, an array to read and to give to `<For>`. */
  readonly records: readonly RecordEnvelope[]
  readonly status: () => QueryStatus
  readonly error: () => DeepSpaceError | undefined
  /** Whether a part of the first result is there, or a refusal. Tracked. */
  readonly hasBegun: () => boolean
  /** Resolves with it, or when nobody asks any more. */
  readonly begun: Promise<void>
  /** How many components hold it. */
  holders = 0
  /** Under what its client finds it. */
  readonly keys: string[] = []
  readonly #setState: (state: State) => void
  #begin!: () => void
  #question: Question
  readonly #rows: OrderedRows
  readonly #atom = createAtom()
  readonly #slack: number
  readonly #send: (subscribe: Subscribe) => void
  readonly #released: (row: Row) => void
  #loaded = false
  /** The record where the known prefix ends, as it was then; `undefined` when everything is known. */
  #boundary: RecordEnvelope | undefined
  #refilling = false
  /** Whether its rows follow every change on the present connection. */
  #follows = false
  /** The commit up to which they did on an earlier one. */
  #since: number | undefined
  /** What becomes of the answer that is coming in, from its first frame to its last. */
  #taking: 'append' | 'replace' | 'ignore' | undefined
  /** The parts of a later answer, which is applied only when it is whole. */
  #parts: RecordEnvelope[] = []
  /** The number of records as the room counts them. */
  #count: number | undefined

  /**
   * @param send sends `core.subscribe`
   * @param released is told of every row that this query lets go of
   */
  constructor(
    id: string,
    query: Query,
    send: (subscribe: Subscribe) => void,
    released: (row: Row) => void,
    counts = false,
  ) {
    this.id = id
    this.query = query
    this.#question = readQuery(query)
    this.fields = fieldsOf(this.#question)
    this.#rows = new OrderedRows(this.#question.compare)
    this.#slack = Math.min(50, Math.max(5, Math.ceil((query.limit ?? 0) / 4)))
    this.counts = counts
    this.#send = send
    this.#released = released
    const [state, setState] = createSignal(loading)
    this.begun = new Promise((resolve) => {
      this.#begin = resolve
    })
    this.status = () => state().status
    this.error = () => state().error
    this.hasBegun = () => state() !== loading
    this.#setState = (next) => {
      setState(next)
      if (next !== loading) this.#begin()
    }
    this.records = createRecordsView({
      track: this.#atom[0],
      length: () => this.#shown,
      records: () => this.#rows.toRecords(this.#shown),
    })
  }

  /** Whether the room has records for this query beyond those shown. Tracked. */
  get hasMore(): boolean {
    this.#atom[0]()
    return this.#more
  }

  /** Whether its answer is whole, and kept up to date on the present connection. */
  get follows(): boolean {
    return this.#follows
  }

  /** Whether it shows rows that do not follow the room at present, so that some of them may be of records that are gone. */
  get isBehind(): boolean {
    return !this.#follows && this.#rows.length > 0
  }

  /** Whether what it shows does not follow the room, and is of before a commit; of a refusal it is not known which. */
  isBefore(version = Number.POSITIVE_INFINITY): boolean {
    return !this.#follows && (this.#since ?? 0) < version
  }

  /** How many records there are. A worker that does not count has sent them. Tracked. */
  get count(): number {
    this.#atom[0]()
    return this.#count ?? this.#rows.length
  }

  /**
   * Asks for the window, whatever may have been on its way on an earlier connection: for what has changed in it since,
   * where that is known; `anew` for the whole.
   */
  ask(anew = false): void {
    if (anew) this.#forget()
    this.#taking = undefined
    this.#parts = []
    this.#refilling = false
    this.#send({
      subscriptionId: this.id,
      query: this.#wire,
      ...(this.counts && { count: true }),
      since: this.#since,
    })
  }

  /** Takes a question with the same order in the place of the one that it was made with and that has not been asked yet. */
  become(query: Query): void {
    this.query = query
    this.#question = readQuery(query)
  }

  /** The connection is gone. The rows followed the room up to this of its commits, if they did; not even that, without one. */
  interrupt(version: number | undefined): void {
    if (this.#follows) this.#since = version
    this.#follows = false
  }

  /** No difference makes the rows right again. */
  #forget(): void {
    this.#follows = false
    this.#since = undefined
  }

  /** Begins with the rows of a shorter window on the same question, and asks for the rest. Says whether there were any. */
  growFrom(shorter: LiveQuery): boolean {
    const { last } = shorter.#rows
    // Rows that do not follow the room yet may be of records that are gone.
    if (!last || !shorter.#follows) return false
    const rows = shorter.#rows.toArray()
    for (const row of rows) row.holders++
    this.#rows.replace(rows, true)
    this.#boundary = shorter.#boundary ?? last.raw
    this.#loaded = true
    this.#follows = true
    this.#askBehind()
    return true
  }

  /** Takes a frame of an answer; `rowsOf` makes rows of the records that are to become this query's now. */
  receive(answer: QueryResult, rowsOf: (records: readonly RecordEnvelope[]) => Row[]): void {
    const { page, partial, count, since } = answer
    if (!partial && !page) this.#follows = true
    if (count !== undefined) {
      this.#count = count
      this.#atom[1]()
    } else if (!since) this.#takeIn(answer, rowsOf)
    if (partial) return
    this.#refilling = false
    this.#setState(ready)
    this.#refillWhenShort()
  }

  #takeIn(answer: QueryResult, rowsOf: (records: readonly RecordEnvelope[]) => Row[]): void {
    const { records, hasMore, page, partial = false } = answer
    this.#taking ??= this.#howToTake(page)
    const taking = this.#taking
    if (!partial) this.#taking = undefined
    if (taking === 'ignore') return
    const append = taking === 'append'
    const whole = append ? records : this.gather(answer)
    if (!whole) return
    // A worker that does not say whether there are more may not have understood all of the question, and was asked for the whole
    // window.
    const all = hasMore === undefined ? whole.filter((record) => matches(this.#question, record)) : whole
    const more = partial || (hasMore ?? all.length >= this.#limit + this.#slack)
    // One that does has them in our order for certain.
    this.#load(rowsOf(all), append, more, hasMore !== undefined)
    if (partial && this.status() === 'loading') this.#setState(begun)
  }

  /** Gathers the parts of an answer and gives them all with the last one, with which the rows follow the room again. */
  gather({ records, partial }: QueryResult): readonly RecordEnvelope[] | undefined {
    this.#parts = this.#parts.concat(records)
    if (partial) return undefined
    const all = this.#parts
    this.#parts = []
    this.#follows = true
    return all
  }

  #load(rows: readonly Row[], append: boolean, more: boolean, ordered: boolean): void {
    const before = this.#rows.toArray()
    const wasShown = this.#window()
    const wasMore = this.#more
    this.#loaded = true
    if (append ? rows.length > 0 : !sameRows(before, rows)) {
      for (const row of rows) row.holders++
      if (append) this.#rows.append(rows, ordered)
      else {
        this.#rows.replace(rows, ordered)
        for (const row of before) this.#release(row)
      }
    }
    this.#boundary = more ? this.#rows.last?.raw : undefined
    if (wasMore !== this.#more || !sameRows(wasShown, this.#window())) this.#atom[1]()
  }

  /** The room refuses the query: what it showed may no longer be true, or allowed. */
  fail(error: DeepSpaceError): void {
    this.#empty()
    this.#setState({ status: 'error', error })
  }

  /** Back to the beginning: the identity has changed. */
  reset(): void {
    this.#empty()
    this.#setState(loading)
  }

  /** Lets go of every row: nobody looks any more. */
  close(): void {
    this.#empty()
    this.abandon()
  }

  /** No answer will come: whoever waits need not. */
  abandon(): void {
    this.#begin()
  }

  /** Takes a row out before it changes, and gives where it was, or -1. Follow with {@link settle}. */
  take(row: Row): number {
    return this.#loaded ? this.#rows.remove(row) : -1
  }

  /** Puts a row where it belongs now, if it does; `from` is what {@link take} gave. */
  settle(row: Row, from: number): void {
    if (!this.#loaded) return
    const wasMore = this.#more || (from >= 0 && this.#rows.length + 1 > this.#limit)
    // Before its own answer comes, a query takes nothing new: should the record be gone by then, nobody would say so.
    const to = (from >= 0 || this.#follows) && this.#wants(row) ? this.#rows.insert(row) : -1
    if (to >= 0 && from < 0) row.holders++
    this.#trim()
    if (to < 0 && from >= 0) this.#release(row)
    if (from !== to && (this.#shows(from) || this.#shows(to) || wasMore !== this.#more)) this.#atom[1]()
    this.#refillWhenShort()
  }

  /** Drops a row that is gone. */
  drop(row: Row): void {
    const from = this.take(row)
    if (from < 0) return
    this.#release(row)
    // A row more or less beyond the shown ones shows only in `hasMore`.
    if (this.#shows(from) || !this.#more) this.#atom[1]()
    this.#refillWhenShort()
  }

  #window(): readonly Row[] {
    return this.#rows.toArray().slice(0, this.#shown)
  }

  get #shown(): number {
    return Math.min(this.#rows.length, this.#limit)
  }

  get #limit(): number {
    return this.query.limit ?? Number.POSITIVE_INFINITY
  }

  get #more(): boolean {
    return this.#boundary !== undefined || this.#rows.length > this.#shown
  }

  #shows(index: number): boolean {
    return index >= 0 && index < this.#limit
  }

  #wants({ raw }: Row): boolean {
    return matches(this.#question, raw) && (!this.#boundary || this.#question.compare(raw, this.#boundary) <= 0)
  }

  #trim(): void {
    if (this.#rows.length <= this.#limit + 2 * this.#slack) return
    for (const row of this.#rows.truncate(this.#limit + this.#slack)) this.#release(row)
    this.#boundary = this.#rows.last!.raw
  }

  #refillWhenShort(): void {
    // One more than is shown, so that `hasMore` is known and not guessed.
    if (!this.#follows || !this.#boundary || this.#refilling || this.#rows.length > this.#limit) return
    this.#askBehind()
  }

  /** Asks for what the window lacks, behind the prefix that is known. */
  #askBehind(): void {
    this.#refilling = true
    const limit = Math.max(1, this.#limit + this.#slack - this.#rows.length)
    const page = { after: placeOf(this.#boundary!, this.#question.order), limit }
    this.#send({ subscriptionId: this.id, query: this.#wire, page })
  }

  /** The query as it is sent: it asks for a little more than it shows. */
  get #wire(): Query {
    const { limit } = this.query
    return limit === undefined ? this.query : { ...this.query, limit: limit + this.#slack }
  }

  /** A page that does not begin where the prefix ends now is of no use. */
  #howToTake(page: Cursor | undefined): 'append' | 'replace' | 'ignore' {
    if (!page) return this.#loaded ? 'replace' : 'append'
    return this.#boundary && jsonEqual(page, placeOf(this.#boundary, this.#question.order)) ? 'append' : 'ignore'
  }

  #release(row: Row): void {
    row.holders--
    this.#released(row)
  }

  #empty(): void {
    const before = this.#rows.toArray()
    this.#rows.replace([], true)
    this.#loaded = false
    this.#forget()
    this.#boundary = undefined
    for (const row of before) this.#release(row)
    if (before.length > 0 || this.#count) this.#atom[1]()
    this.#count = undefined
  }
}

interface State {
  readonly status: QueryStatus
  readonly error?: DeepSpaceError
}

const loading: State = { status: 'loading' }
/** A part of the first result is there. */
const begun: State = { status: 'loading' }
const ready: State = { status: 'ready' }

function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index])
}
