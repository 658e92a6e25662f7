import { createSignal } from 'solid-js'
import type { DeepSpaceError } from '../protocol/errors.ts'
import type { Comparator } from '../protocol/order.ts'
import { fieldsOf, matches, orderOf, type Query, type Question, readQuery } from '../protocol/query.ts'
import type { RecordEnvelope } from '../protocol/record.ts'
import { OrderedRows } from './ordered-rows.ts'
import { createRecordsView } from './records-view.ts'
import { createAtom, type Row } from './row.ts'

/** What a query is doing: waiting for its first result, showing one, or refused. */
export type QueryStatus = 'loading' | 'ready' | 'error'

/**
 * A query that the room keeps answering: an ordered window over the rows of the cache. Every component that asks the
 * same question shares one.
 *
 * With a limit it holds a complete prefix of the order, a little longer than what it shows: live changes keep it
 * exact, and only when the prefix runs short does it ask for more.
 */
export class LiveQuery {
  readonly id: string
  readonly query: Query
  /** The fields whose change can move a row into, out of or within this query. */
  readonly fields: ReadonlySet<string>
  /** The rows it shows, an array to read and to give to `<For>`. */
  readonly records: readonly Row[]
  readonly status: () => QueryStatus
  readonly error: () => DeepSpaceError | undefined
  readonly #setState: (state: State) => void
  readonly #question: Question
  readonly #compare: Comparator
  readonly #rows: OrderedRows
  readonly #atom = createAtom()
  readonly #slack: number
  readonly #askFor: (query: LiveQuery) => void
  readonly #released: (row: Row) => void
  #loaded = false
  /** The shown part of the list as an array, and the list that it was cut from. */
  #cut: { readonly from: readonly Row[]; readonly rows: readonly Row[] } | undefined = undefined
  /** The record where the known prefix ends, as it was then; `undefined` when everything is known. */
  #boundary: RecordEnvelope | undefined = undefined
  #refilling = false

  /**
   * @param askFor sends `core.subscribe` for {@link wire}
   * @param released is told of every row that this query lets go of
   */
  constructor(id: string, query: Query, askFor: (query: LiveQuery) => void, released: (row: Row) => void) {
    this.id = id
    this.query = query
    this.#question = readQuery(query)
    this.fields = fieldsOf(this.#question)
    this.#compare = orderOf(this.#question)
    this.#rows = new OrderedRows(this.#compare)
    this.#slack = Math.min(50, Math.max(5, Math.ceil((query.limit ?? 0) / 4)))
    this.#askFor = askFor
    this.#released = released
    const [state, setState] = createSignal<State>({ status: 'loading' }, { equals: sameState })
    this.status = () => state().status
    this.error = () => state().error
    this.#setState = setState
    this.records = createRecordsView({
      track: this.#atom[0],
      length: () => this.#shown,
      rows: () => this.#window(),
    })
  }

  /** The query as it is sent: it asks for a little more than it shows. */
  get wire(): Query {
    const { limit } = this.query
    return limit === undefined ? this.query : { ...this.query, limit: limit + this.#slack }
  }

  /** Whether the room has records for this query beyond those shown. Tracked. */
  get hasMore(): boolean {
    this.#atom[0]()
    return this.#more
  }

  /** Takes the result of a subscription: these rows and no others. */
  load(rows: readonly Row[]): void {
    const limit = this.wire.limit
    const before = this.#rows.toArray()
    const wasShown = this.#window()
    const wasMore = this.#more
    this.#boundary = limit !== undefined && rows.length >= limit ? rows.at(-1)!.raw : undefined
    this.#loaded = true
    this.#refilling = false
    if (!sameRows(before, rows)) {
      for (const row of rows) row.holders++
      this.#rows.replace(rows)
      for (const row of before) this.#release(row)
    }
    if (wasMore !== this.#more || !sameRows(wasShown, this.#window())) this.#atom[1]()
    this.#setState({ status: 'ready' })
  }

  /** The room refuses the query: what it showed may no longer be true, or allowed. */
  fail(error: DeepSpaceError): void {
    this.#empty()
    this.#setState({ status: 'error', error })
  }

  /** Back to the beginning: the identity has changed. */
  reset(): void {
    this.#empty()
    this.#setState({ status: 'loading' })
  }

  /** Lets go of every row: nobody looks any more. */
  close(): void {
    this.#empty()
  }

  /** Takes a row out before it changes, and gives where it was, or -1. Follow with {@link settle}. */
  take(row: Row): number {
    return this.#loaded ? this.#rows.remove(row) : -1
  }

  /** Puts a row where it belongs now, if it does; `from` is what {@link take} gave. */
  settle(row: Row, from: number): void {
    if (!this.#loaded) return
    const wasMore = this.#more || (from >= 0 && this.#rows.length + 1 > (this.query.limit ?? Number.POSITIVE_INFINITY))
    const to = this.#wants(row) ? this.#rows.insert(row) : -1
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
    const from = this.#rows.toArray()
    if (from.length === this.#shown) return from
    if (this.#cut?.from !== from) this.#cut = { from, rows: from.slice(0, this.#shown) }
    return this.#cut.rows
  }

  get #shown(): number {
    return Math.min(this.#rows.length, this.query.limit ?? Number.POSITIVE_INFINITY)
  }

  get #more(): boolean {
    return this.#boundary !== undefined || this.#rows.length > this.#shown
  }

  #shows(index: number): boolean {
    return index >= 0 && index < (this.query.limit ?? Number.POSITIVE_INFINITY)
  }

  #wants(row: Row): boolean {
    if (!matches(this.#question, row.raw)) return false
    return this.#boundary === undefined || this.#compare(row.raw, this.#boundary) <= 0
  }

  #trim(): void {
    const { limit } = this.query
    if (limit === undefined || this.#rows.length <= limit + 2 * this.#slack) return
    for (const row of this.#rows.truncate(limit + this.#slack)) this.#release(row)
    this.#boundary = this.#rows.last!.raw
  }

  #refillWhenShort(): void {
    // One more than is shown, so that `hasMore` is known and not guessed.
    if (this.#boundary === undefined || this.#refilling || this.#rows.length > this.query.limit!) return
    this.#refilling = true
    this.#askFor(this)
  }

  #release(row: Row): void {
    row.holders--
    this.#released(row)
  }

  #empty(): void {
    const before = this.#rows.toArray()
    this.#rows.replace([])
    this.#loaded = false
    this.#refilling = false
    this.#boundary = undefined
    for (const row of before) this.#release(row)
    if (before.length > 0) this.#atom[1]()
  }
}

interface State {
  readonly status: QueryStatus
  readonly error?: DeepSpaceError
}

function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index])
}

function sameState(a: State, b: State): boolean {
  return a.status === b.status && a.error === b.error
}
