import type { QueryResult, RecordChange } from '../../protocol/records/messages.ts'
import type { RecordEnvelope } from '../../protocol/records/record.ts'
import type { LiveQuery } from './live-query.ts'
import { Row } from './row.ts'

/** The rows of one collection, and the queries that look at them. */
interface Table {
  readonly rows: Map<string, Row>
  readonly queries: Set<LiveQuery>
}

/**
 * The part of a room that its live queries have asked for: every row once, however many queries show it. What the
 * room sends enters here and nowhere else; the cost of a change is that of one row and of the queries that it concerns.
 */
export class Replica {
  readonly #tables = new Map<string, Table>()

  /** Lets a query take part. */
  open(query: LiveQuery): void {
    this.#table(query.query.collection).queries.add(query)
  }

  /** Ends a query; rows that no other query holds leave the cache. */
  close(query: LiveQuery): void {
    this.#tables.get(query.query.collection)?.queries.delete(query)
    query.close()
  }

  /** Called by queries for every row that they let go of. */
  released(collection: string, row: Row): void {
    this.#forgetUnheld(this.#table(collection), row)
  }

  /** Applies `core.record_change`. */
  change({ collection, record, changeType, revoked }: RecordChange): void {
    const table = this.#tables.get(collection)
    if (!table) return
    if (changeType === 'delete' || revoked) this.#remove(table, record.recordId)
    else this.#put(table, record as RecordEnvelope)
  }

  /**
   * Applies `core.query_result`: the records become the query's rows, those that are there already keep their object, and in
   * the place of records that are `old` what they say.
   */
  result(query: LiveQuery, answer: QueryResult, old = false): void {
    const table = this.#table(query.query.collection)
    if (answer.since) {
      const records = query.gather(answer)
      if (!records) return
      for (const record of records) {
        this.#put(table, record)
        const row = table.rows.get(record.recordId)
        // It may have come for another query already, and is no news.
        if (row) query.settle(row, query.take(row))
      }
      for (const id of answer.removed ?? []) {
        const row = table.rows.get(id)
        if (row) query.drop(row)
      }
    }
    // Held while they move about: a row may leave every other query and still belong to this one.
    const held: Row[] = []
    query.receive(answer, (records) =>
      records.map((record) => {
        const known = table.rows.get(record.recordId)
        if (!known) {
          const row = new Row(record)
          table.rows.set(record.recordId, row)
          return row
        }
        known.holders++
        held.push(known)
        if (!old) this.#update(table, known, record, query)
        return known
      }),
    )
    for (const row of held) {
      row.holders--
      this.#forgetUnheld(table, row)
    }
  }

  #put(table: Table, record: RecordEnvelope): void {
    const known = table.rows.get(record.recordId)
    if (known) return this.#update(table, known, record)
    const row = new Row(record)
    for (const query of table.queries) query.settle(row, -1)
    if (row.holders > 0) table.rows.set(record.recordId, row)
  }

  /** Gives a row its newer image. `loading` is a query about to be given its rows anew, so that none moves in it. */
  #update(table: Table, row: Row, record: RecordEnvelope, loading?: LiveQuery): void {
    const changed = row.changedBy(record)
    // A row that a query has kept which does not follow the room yet may be news to others: it has come back for them.
    let mayBeNews = false
    for (const query of table.queries) mayBeNews ||= query.isBehind
    if (changed.length === 0 && !mayBeNews) return
    // Rows move in a query only when one of its fields has changed; found by their old place, put in their new one.
    const moving: { query: LiveQuery; from: number }[] = []
    for (const query of table.queries) {
      if (query === loading) continue
      if (mayBeNews || changed.some((field) => query.fields.has(field))) moving.push({ query, from: query.take(row) })
    }
    row.assign(record, changed)
    // Held here too: it may leave its last query before it enters another.
    row.holders++
    for (const { query, from } of moving) query.settle(row, from)
    row.holders--
    this.#forgetUnheld(table, row)
  }

  #remove(table: Table, recordId: string): void {
    const row = table.rows.get(recordId)
    if (row) for (const query of table.queries) query.drop(row)
  }

  #forgetUnheld({ rows }: Table, row: Row): void {
    if (row.holders === 0 && rows.get(row.raw.recordId) === row) rows.delete(row.raw.recordId)
  }

  #table(collection: string): Table {
    const table = this.#tables.get(collection) ?? { rows: new Map(), queries: new Set() }
    this.#tables.set(collection, table)
    return table
  }
}
