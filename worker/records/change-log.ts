import { jsonEqual } from '../../src/protocol/json.ts'
import type { RecordEnvelope } from '../../src/protocol/records/record.ts'
import type { Collection } from '../../src/protocol/records/schema.ts'

/** How far back a client can resume from. */
export interface Horizon {
  /** How many commits the log keeps. */
  readonly commits: number
  /** For how long it keeps them, in milliseconds. */
  readonly age: number
}

/** A record that has changed since a version: its id, and what decided who could read it then. */
export interface LoggedChange {
  readonly recordId: string
  /** `undefined`: there was no such record. `'as now'`: the same as decides today. */
  readonly before: RecordEnvelope | 'as now' | undefined
}

/** How many commits pass between two looks at what is too old. */
const pruneEvery = 64

/**
 * The numbers of a room's commits, and for the last of them which records they wrote: what a returning client needs to
 * be told (V2). Of a record's former image it keeps only the fields that decide who could read it.
 */
export class ChangeLog {
  readonly #storage: DurableObjectStorage
  readonly #horizon: Horizon
  #version = 0
  /** No client can resume from before this version. */
  #oldest = 0
  #unpruned = 0
  readonly #decisive = new Map<Collection, readonly string[]>()

  constructor(storage: DurableObjectStorage, horizon: Horizon) {
    this.#storage = storage
    this.#horizon = horizon
  }

  /**
   * Makes the tables. When `rules` (whatever decides who may read what) is not what it was, or records have `changed`
   * without a commit, nobody resumes from before.
   */
  prepare(rules: string, changed: boolean): void {
    const { sql, kv } = this.#storage
    sql.exec(
      'CREATE TABLE IF NOT EXISTS _log (version INTEGER, collection TEXT, recordId TEXT, at INTEGER NOT NULL, before TEXT, ' +
        'PRIMARY KEY (version, collection, recordId)) WITHOUT ROWID',
    )
    sql.exec(
      'CREATE TABLE IF NOT EXISTS _access (userId TEXT PRIMARY KEY, role TEXT, version INTEGER NOT NULL) WITHOUT ROWID',
    )
    const { last } = sql.exec<{ last: number | null }>('SELECT MAX(version) AS last FROM _log').one()
    // Not from zero: a room that lost its storage must not be taken for its former self.
    this.#version = last ?? Date.now()
    this.#oldest = kv.get<number>('oldest') ?? this.#version
    if (kv.get('rules') === rules && !changed) return
    kv.put('rules', rules)
    this.#version = this.#append('', '')
    this.#oldest = this.#version
    kv.put('oldest', this.#oldest)
  }

  /** The number of the last commit. */
  get version(): number {
    return this.#version
  }

  /**
   * Writes down a commit, inside its transaction: the records that it wrote, and the users of whom it changed what they
   * may read. Gives its number; {@link committed} makes that the present one.
   */
  write(touched: Iterable<Touch>, users: Iterable<string>): number {
    const version = this.#version + 1
    for (const { collection, recordId, existing, record } of touched) {
      const before = existing && imageOf(this.#decisiveIn(collection), existing, record)
      this.#append(collection.name, recordId, before)
    }
    for (const userId of users) {
      this.#storage.sql.exec('UPDATE _access SET version = ? WHERE userId = ?', version, userId)
    }
    return version
  }

  /** The transaction of a commit has succeeded. */
  committed(version: number): void {
    this.#version = version
    if (++this.#unpruned >= pruneEvery) this.#prune()
  }

  /** Notes the role in which a user is here. Another one than before is a change of what they may read. */
  enters(userId: string, role: string): void {
    const { sql } = this.#storage
    const [known] = sql.exec<{ role: string }>('SELECT role FROM _access WHERE userId = ?', userId).toArray()
    if (known?.role === role) return
    if (known) this.#version = this.#append('', userId)
    sql.exec('INSERT OR REPLACE INTO _access (userId, role, version) VALUES (?, ?, ?)', userId, role, this.#version)
  }

  /** Forgets a user, in a commit of its own: should they come back, they go on from nothing, however quiet it was. */
  leaves(userId: string): void {
    this.#storage.sql.exec('DELETE FROM _access WHERE userId = ?', userId)
    this.#version = this.#append('', userId)
  }

  /** Whether what has changed since a version can still be told; of a user, whose rights must be the same since then. */
  reaches(since: number, userId: string): boolean {
    if (!(since >= this.#oldest && since <= this.#version)) return false
    const [access] = this.#storage.sql
      .exec<{ version: number }>('SELECT version FROM _access WHERE userId = ?', userId)
      .toArray()
    return access !== undefined && access.version <= since
  }

  /** The records of a collection that were written after a version; `undefined` when they are more than `most`. */
  since(version: number, collection: Collection, most: number): LoggedChange[] | undefined {
    // Of a bare column beside MIN, SQLite gives the value of the row with the minimum: the first image that says anything.
    const rows = this.#storage.sql
      .exec<{ recordId: string; before: string | null }>(
        'SELECT recordId, before, MIN(CASE WHEN before IS NOT ? THEN version END) FROM _log ' +
          'WHERE version > ? AND collection = ? GROUP BY recordId LIMIT ?',
        unchanged,
        version,
        collection.name,
        most + 1,
      )
      .toArray()
    if (rows.length > most || rows.some(({ before }) => before === unknown)) return undefined
    return rows.map(({ recordId, before }) => {
      if (before === unchanged) return { recordId, before: 'as now' }
      return { recordId, before: before === null ? undefined : JSON.parse(before) }
    })
  }

  /** The fields of a record that decide who may read it. */
  #decisiveIn(collection: Collection): readonly string[] {
    let fields = this.#decisive.get(collection)
    if (!fields) {
      const { ownerField, collaboratorsField, teamField, visibility } = collection
      fields = [ownerField, collaboratorsField, teamField, visibility?.field].filter((field) => field !== undefined)
      this.#decisive.set(collection, fields)
    }
    return fields
  }

  #append(collection: string, recordId: string, before?: string): number {
    const version = this.#version + 1
    this.#storage.sql.exec(
      'INSERT INTO _log (version, collection, recordId, at, before) VALUES (?, ?, ?, ?, ?)',
      version,
      collection,
      recordId,
      Date.now(),
      before ?? null,
    )
    return version
  }

  /** Forgets what is past the horizon, but never the last commit: it holds the number. */
  #prune(): void {
    const { sql, kv } = this.#storage
    this.#unpruned = 0
    const tooMany = this.#version - this.#horizon.commits
    const tooOld = Date.now() - this.#horizon.age
    const [kept] = sql
      .exec<{ version: number }>(
        'SELECT version FROM _log WHERE version > ? AND at > ? ORDER BY version LIMIT 1',
        tooMany,
        tooOld,
      )
      .toArray()
    const cut = (kept?.version ?? this.#version) - 1
    if (cut <= this.#oldest) return
    sql.exec('DELETE FROM _log WHERE version <= ?', cut)
    kv.put('oldest', cut)
    this.#oldest = cut
  }
}

/** A record that a commit writes, as it was before. */
export interface Touch {
  readonly collection: Collection
  readonly recordId: string
  readonly existing: RecordEnvelope | undefined
  /** As it is behind it; `undefined` when it is gone. */
  readonly record: RecordEnvelope | undefined
}

/** In the place of an image: the commit has changed nothing of what decides. */
const unchanged = ''
/** In the place of an image: it would have been too much to keep; who comes back from before is answered the whole. */
const unknown = '?'
/** The longest image that is kept, in characters. */
const longestImage = 4096

/** What decided who may read a record before a commit, by these fields, as the log keeps it. */
function imageOf(fields: readonly string[], existing: RecordEnvelope, record: RecordEnvelope | undefined): string {
  const { recordId, createdBy, data } = existing
  // Who created a record and its id never change.
  if (record && fields.every((field) => jsonEqual(data[field], record.data[field]))) return unchanged
  const kept = fields.filter((field) => data[field] !== undefined).map((field) => [field, data[field]])
  const before = { recordId, createdBy, data: Object.fromEntries(kept), createdAt: '', updatedAt: '' }
  const image = JSON.stringify(before satisfies RecordEnvelope)
  return image.length > longestImage ? unknown : image
}

/** Whatever the declarations say of who may read what, and of which fields there are, as one text. */
export function readRulesOf(collections: Iterable<Collection>): string {
  const rules = [...collections].map((collection) => {
    const { name, kinds, permissions, ownerField, collaboratorsField, teamField, teams, visibility } = collection
    const readers = Object.entries(permissions).map(([role, { read = false }]) => [role, read])
    return [name, kinds, readers, ownerField, collaboratorsField, teamField, teams, visibility]
  })
  return JSON.stringify(rules)
}
