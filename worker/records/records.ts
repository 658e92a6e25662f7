import { clipped, DeepSpaceError } from '../../src/protocol/errors.ts'
import { bytesOver } from '../../src/protocol/frame.ts'
import { mostBytes } from '../../src/protocol/json.ts'
import { readCursor, recordAt } from '../../src/protocol/records/cursor.ts'
import type { PageRequest } from '../../src/protocol/records/messages.ts'
import { type Caller, may, rulesOf } from '../../src/protocol/records/permissions.ts'
import { matches, type Query, type Question, readLimit, readQuery } from '../../src/protocol/records/query.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'
import type { Where } from '../../src/protocol/records/where.ts'
import { checkDelete, created, type Intent, updated } from '../../src/protocol/records/write.ts'
import type { WriteOperation } from '../../src/protocol/records/write-operation.ts'
import type { Audience, Written } from './audience.ts'
import { ChangeLog, type Horizon, readRulesOf } from './change-log.ts'
import type { Meter } from './meter.ts'
import { RecentRecords } from './recent-records.ts'
import { type Reader, RecordStorage } from './record-storage.ts'
import { prepareTables } from './record-tables.ts'
import { RoomReader } from './room-reader.ts'
import { type Membership, membershipKey, TeamMembers } from './teams.ts'

/** A record that a commit has written. */
export interface Touched extends Written {
  /** One text for this record among all of the room. */
  readonly key: string
  record: RecordEnvelope | undefined
  /** Whether the commit has removed it; it may have made another under its id since. */
  wasRemoved: boolean
}

/** A membership that a commit has begun or ended, and whether it held before. */
export interface Move {
  readonly membership: Membership
  readonly held: boolean
}

/** Whoever tells who may read a record as things stand. */
type Judge = Pick<Audience, 'readers'>

/** What a commit has done. */
export interface Commit {
  readonly version: number
  readonly touched: readonly Touched[]
  readonly moves: readonly Move[]
}

/** How a room bounds what it keeps. */
export interface Bounds {
  /** The longest record, in bytes of JSON. */
  readonly recordBytes: number
  readonly horizon: Horizon
}

/** What has become of a query's records since a version. */
export interface Difference {
  /** Those that were written and that it has now. */
  readonly records: readonly RecordEnvelope[]
  /** The ids of others that were written, of which the caller could read an earlier image. */
  readonly removed: readonly string[]
}

/** A record that has no more bytes of JSON than this for certain is not put into JSON to be measured. */
const shortRecord = 8192

/** Past this many records a difference is no cheaper than the whole. */
const maxDifference = 2000

/** Records of a query, and whether there are more behind them. */
export interface Selection {
  readonly records: readonly RecordEnvelope[]
  readonly hasMore: boolean
}

/** A room's records: its collections, their storage and their teams, with the rules applied. It knows of no connection. */
export class Records {
  readonly collections: ReadonlyMap<string, Collection>
  readonly storage: RecordStorage
  readonly teams: TeamMembers
  readonly log: ChangeLog
  readonly #durable: DurableObjectStorage
  readonly #bounds: Bounds
  readonly #recent = new RecentRecords()
  #time = { at: Number.NaN, text: '' }

  /** Throws a `TypeError` when the collections do not go together. */
  constructor(durable: DurableObjectStorage, collections: readonly Collection[], bounds: Bounds) {
    this.collections = new Map(collections.map((collection) => [collection.name, collection]))
    // SQLite does not tell table names apart by case.
    const names = new Set(collections.map(({ name }) => name.toLowerCase()))
    if (names.size < collections.length)
      throw new TypeError('collections: two have the same name, or differ only by case')
    this.#durable = durable
    this.#bounds = bounds
    this.storage = new RecordStorage(durable.sql)
    this.teams = new TeamMembers(this.storage, this.collections)
    this.log = new ChangeLog(durable, bounds.horizon)
    durable.transactionSync(() => {
      const changed = prepareTables(durable.sql, collections)
      this.log.prepare(readRulesOf(collections), changed)
    })
  }

  /**
   * The records of a query that a caller may read, or of one page of it. Throws a `DeepSpaceError` when the query or the
   * caller is refused.
   */
  select(query: Query, caller: Caller, meter: Meter, page?: PageRequest): Selection {
    const { collection, question } = this.#ask(query, caller)
    const part = page ? pageOf(question, page, collection) : question
    const records: RecordEnvelope[] = []
    for (const record of this.storage.select(part, collection, meter, this.#readerOf(caller, collection))) {
      if (records.length === part.limit) return { records, hasMore: true }
      records.push(record)
    }
    return { records, hasMore: false }
  }

  /**
   * What has become of a query's records since a version, for a caller who may still read what they could then.
   * `undefined`: only the whole result will do. Throws like {@link select}.
   */
  resume(query: Query, caller: Caller, meter: Meter, since: number): Difference | undefined {
    const { collection, question } = this.#ask(query, caller)
    const changes = this.log.since(since, collection, maxDifference)
    if (!changes) return undefined
    const { mayRead } = this.#readerOf(caller, collection)
    const spend = (steps: number): void => meter.steps(steps)
    const records: RecordEnvelope[] = []
    const removed: string[] = []
    for (const { recordId, before } of changes) {
      const record = this.storage.get(collection, recordId, meter)
      const former = before === 'as now' ? record : before
      const isIn = record && mayRead(record) && matches(question, record, spend)
      if (isIn) records.push(record)
      else if (former && mayRead(former)) removed.push(recordId)
    }
    return { records, removed }
  }

  /** How many records of a query a caller may read. Throws like {@link select}. */
  count(query: Query, caller: Caller, meter: Meter): number {
    const { collection, question } = this.#ask(query, caller)
    const counted = this.storage.count(question, collection, meter, caller)
    if (counted !== undefined) return counted
    let count = 0
    for (const _ of this.storage.select(question, collection, meter, this.#readerOf(caller, collection))) count++
    return count
  }

  /**
   * The deletes of the first records that match a `where` and that a caller may read and delete. Throws like {@link select},
   * and where there is no `where`: what is forgotten is not everything.
   */
  deletable(name: string, where: Where | undefined, caller: Caller, meter: Meter, most: number): WriteOperation[] {
    if (where === undefined)
      new RoomReader(name).refuse('where: expected an object, received undefined; {} is everything')
    const { collection, question } = this.#ask({ collection: name, where, orderBy: 'recordId', limit: most }, caller)
    const deletes: WriteOperation[] = []
    for (const record of this.storage.select(question, collection, meter, this.#readerOf(caller, collection))) {
      if (!may('delete', caller, collection, record, this.teams.of)) continue
      deletes.push({ type: 'remove', collection: name, recordId: record.recordId })
      if (deletes.length === most) break
    }
    return deletes
  }

  /**
   * Applies writes as one: all are stored or none is. Who could read what is judged before the first of them, by
   * `judge`, so that it can be compared with who can after the last. `isLasting` says that nobody can take it back: no
   * transaction of the app's own is around it. Throws a `DeepSpaceError` when one is refused.
   */
  commit(operations: readonly WriteOperation[], caller: Caller, judge: Judge, isLasting: boolean): Commit {
    const [only] = operations
    const isOne = operations.length === 1 && !this.teams.dependOn(only!.collection)
    const commit = isOne ? this.#commitOne(only!, caller, judge, isLasting) : this.#commitAll(operations, caller, judge)
    if (commit.touched.length > 0) this.log.committed(commit.version)
    return commit
  }

  /**
   * One write, to a record that is nobody's membership. It needs no transaction to be stored whole or not at all: what is
   * written without a pause comes to disk together, whatever can be refused is refused before, and the log is written
   * first, because a log that speaks of a record that has stayed as it was does no harm.
   */
  #commitOne(operation: WriteOperation, caller: Caller, judge: Judge, isLasting: boolean): Commit {
    const touched = this.#touch(operation, judge)
    const { collection, key, existing } = touched
    const record = this.#judged(operation, caller, touched)
    if (record === existing) return { version: this.log.version, touched: [], moves: [] }
    touched.record = record
    touched.wasRemoved = !record
    const length = record ? this.#checkLength(collection, record) : 0
    this.#checkUnique(touched)
    const version = this.log.write([touched], [])
    this.#recent.forget(key)
    try {
      this.#store(touched, existing)
    } catch (error) {
      // The number is taken.
      this.log.committed(version)
      throw error
    }
    if (record && isLasting) this.#recent.note(key, record, length)
    return { version, touched: [touched], moves: [] }
  }

  #commitAll(operations: readonly WriteOperation[], caller: Caller, judge: Judge): Commit {
    const touched = new Map<string, Touched>()
    for (const operation of operations) {
      const each = this.#touch(operation, judge)
      touched.set(each.key, each)
    }
    for (const key of touched.keys()) this.#recent.forget(key)
    const moves = new Map<string, Move>()
    try {
      return this.#durable.transactionSync(() => {
        for (const operation of operations) {
          this.#write(operation, caller, touched.get(keyOf(operation.collection, operation.recordId))!, moves)
        }
        const written = [...touched.values()].filter(({ existing, record }) => existing !== record)
        // Only as they are in the end: two records of a batch may exchange what each has alone.
        for (const each of written) this.#checkUnique(each)
        const moved = [...moves.values()].filter(({ membership, held }) => this.teams.holds(membership) !== held)
        const version = written.length === 0 ? this.log.version : this.log.write(written, moved.map(userOf))
        return { version, touched: written, moves: moved }
      })
    } catch (error) {
      this.teams.refreshAll()
      throw error
    }
  }

  /** The record that a write is about, as it is before it. */
  #touch({ collection: name, recordId }: WriteOperation, judge: Judge): Touched {
    const collection = this.#collection(name)
    const key = keyOf(name, recordId)
    const existing = this.#recent.get(key) ?? this.storage.get(collection, recordId)
    const before = judge.readers(collection, existing, this.teams.of)
    return { collection, recordId, key, existing, before, record: existing, wasRemoved: false }
  }

  /** One write inside a transaction. Notes what became of the record, and the memberships that it may have moved. */
  #write(operation: WriteOperation, caller: Caller, touched: Touched, moves: Map<string, Move>): void {
    const { collection, record: existing } = touched
    const record = this.#judged(operation, caller, touched)
    if (record === existing) return

    const memberships = this.teams.touchedBy(collection, existing, record)
    for (const membership of memberships) {
      const key = membershipKey(membership)
      if (!moves.has(key)) moves.set(key, { membership, held: this.teams.holds(membership) })
    }
    if (record) this.#checkLength(collection, record)
    touched.record = record
    touched.wasRemoved ||= !record
    this.#store(touched, existing)
    this.teams.refresh(memberships)
  }

  /** What the record is to become: `undefined` when it is to go. Throws when a rule refuses it. */
  #judged(
    operation: WriteOperation,
    caller: Caller,
    { collection, recordId, record: existing }: Touched,
  ): RecordEnvelope | undefined {
    const intent: Intent = { collection, caller, recordId, now: this.#now() }
    if (operation.type === 'put') {
      return existing ? updated(intent, existing, operation.data, this.teams.of) : created(intent, operation.data)
    }
    if (!existing) throw new DeepSpaceError('not-found', 'Record not found', { collection: collection.name, recordId })
    checkDelete(intent, existing, this.teams.of)
    return undefined
  }

  /** Writes what a record has become, where it stands as `existing`. */
  #store({ collection, recordId, record }: Touched, existing: RecordEnvelope | undefined): void {
    if (record) this.storage.put(collection, record, existing)
    else this.storage.delete(collection, recordId)
  }

  /** The time of a write as records say it; those that come within a millisecond share the text. */
  #now(): string {
    const at = Date.now()
    if (at !== this.#time.at) this.#time = { at, text: new Date(at).toISOString() }
    return this.#time.text
  }

  /** Gives how many characters of JSON a record has, of a short one how many at most. Throws when it is too long to be kept. */
  #checkLength({ name }: Collection, { recordId, data }: RecordEnvelope): number {
    const { recordBytes } = this.#bounds
    const short = Math.min(recordBytes, shortRecord)
    const most = mostBytes(data, short)
    if (most <= short) return most
    const text = JSON.stringify(data)
    const over = bytesOver(recordBytes, text)
    if (over === undefined) return text.length
    const message = `FIELD ERROR: the record has ${over} bytes of JSON, at most ${recordBytes} are kept`
    throw new DeepSpaceError('too-large', message, { collection: name, recordId })
  }

  /** Throws when a record has come to share what none may share. What the commit has left as it was is not judged. */
  #checkUnique({ collection, recordId, existing, record }: Touched): void {
    if (collection.unique.length === 0) return
    const changed = collection.unique.filter((fields) =>
      fields.some((field) => existing?.data[field] !== record?.data[field]),
    )
    const fields = record && this.storage.duplicateOf(collection, record, changed)
    if (!fields) return
    const values = fields.map((field) => `${field}=${clipped(String(record.data[field]))}`).join(', ')
    const message = `Duplicate: a record with ${values} already exists in ${collection.name}`
    throw new DeepSpaceError('duplicate', message, { collection: collection.name, recordId })
  }

  #readerOf(caller: Caller, collection: Collection): Reader {
    return { caller, mayRead: (record) => may('read', caller, collection, record, this.teams.of) }
  }

  /** Whether a caller's role may read anything of a collection at all. */
  mayAsk(name: string, caller: Caller): boolean {
    return caller.role === null || Boolean(rulesOf(this.#collection(name), caller.role).read)
  }

  /** Throws a `DeepSpaceError` where a caller's role may read nothing of a collection, or there is none of the name. */
  checkAsk(name: string, caller: Caller): void {
    if (this.mayAsk(name, caller)) return
    throw new DeepSpaceError('denied', `READ DENIED: role=${caller.role}, collection=${name}`, { collection: name })
  }

  /** A record that a caller may read. Throws a `DeepSpaceError`; whether there is one that they may not read it does not tell. */
  find(name: string, recordId: string, caller: Caller): { collection: Collection; record: RecordEnvelope } {
    const collection = this.#collection(name)
    const record = this.storage.get(collection, recordId)
    if (record && may('read', caller, collection, record, this.teams.of)) return { collection, record }
    throw new DeepSpaceError('not-found', 'Record not found', { collection: name, recordId })
  }

  /** What a query asks, if the caller may ask it. */
  #ask(query: Query, caller: Caller): { readonly collection: Collection; readonly question: Question } {
    const collection = this.#collection(query.collection)
    this.checkAsk(query.collection, caller)
    const reader = new RoomReader(query.collection, collection)
    return { collection, question: readQuery(query, collection, reader) }
  }

  #collection(name: string): Collection {
    const collection = this.collections.get(name)
    if (collection) return collection
    throw new DeepSpaceError(
      'unknown-collection',
      `Schema not registered for collection: ${name} - declare it in the collections of the room`,
      { collection: name },
    )
  }
}

/** The part of a question that a page is; a place before the question's own does not widen it. */
function pageOf(question: Question, page: PageRequest, collection: Collection): Question {
  const reader = new RoomReader(collection.name, collection)
  const place = recordAt(readCursor(page.after, question.order, 'page.after', reader))
  const limit = readLimit(page.limit, 'page.limit', reader)
  const { after, compare } = question
  return { ...question, after: after && compare(place, after) < 0 ? after : place, limit }
}

function userOf({ membership }: Move): string {
  return membership.userId
}

/** One text for a record among all of the room. */
export function keyOf(collection: string, recordId: string): string {
  return `${collection}/${recordId}`
}
