import { typeName } from '../../src/protocol/errors.ts'

/** Something that is to happen at a time. */
export interface Appointment {
  /** Another one each time that something is planned, under whatever name. */
  readonly serial: number
  readonly name: string
  /** How often it has been tried in vain. */
  readonly tries: number
}

/** The longest name, in characters. */
const longestName = 256

/** How long to wait after the first failure, and at most after many, in milliseconds. */
const firstPause = 2_000
const longestPause = 60 * 60 * 1000

/** What a room has planned, by name, in its SQLite: it outlives a sleep, a crash and a deploy. */
export class Agenda {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(
      'CREATE TABLE IF NOT EXISTS _agenda (serial INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL, ' +
        'at INTEGER NOT NULL, tries INTEGER NOT NULL)',
    )
  }

  /** Plans something, in the place of what was planned under this name. Throws a `TypeError` for what is no name or no time. */
  put(name: unknown, at: unknown): void {
    if (typeof name !== 'string' || name.length === 0 || name.length > longestName || !name.isWellFormed())
      throw new TypeError(`schedule: name: expected text of 1 to ${longestName} characters`)
    const time = at instanceof Date ? at.getTime() : at
    if (typeof time !== 'number' || !Number.isFinite(time)) {
      const received = typeof time === 'number' ? time : typeName(at)
      throw new TypeError(`schedule "${name}": at: expected a Date or milliseconds since 1970, received ${received}`)
    }
    this.#write(name, Math.ceil(time), 0)
  }

  delete(name: string): void {
    this.#sql.exec('DELETE FROM _agenda WHERE name = ?', name)
  }

  /** Whether something is planned under a name. */
  has(name: string): boolean {
    return this.#sql.exec('SELECT 1 FROM _agenda WHERE name = ?', name).toArray().length > 0
  }

  /** When the first of it is due; `Infinity` when nothing is planned. */
  get next(): number {
    const [row] = this.#sql.exec<{ at: number }>('SELECT at FROM _agenda ORDER BY at LIMIT 1').toArray()
    return row?.at ?? Number.POSITIVE_INFINITY
  }

  /** What is due, in the order of its times. */
  due(now: number): Appointment[] {
    return this.#sql
      .exec<Row>('SELECT serial, name, tries FROM _agenda WHERE at <= ? ORDER BY at, serial', now)
      .toArray()
  }

  /** Whether something is still to be done, and has neither been planned anew nor cancelled meanwhile. */
  holds({ serial }: Appointment): boolean {
    return this.#sql.exec('SELECT 1 FROM _agenda WHERE serial = ?', serial).toArray().length > 0
  }

  /** It has failed: it is tried again, the later the more often it has. */
  putOff({ name, tries }: Appointment, now: number): void {
    this.#write(name, now + Math.min(longestPause, firstPause * 2 ** tries), tries + 1)
  }

  #write(name: string, at: number, tries: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO _agenda (name, at, tries) VALUES (?, ?, ?)', name, at, tries)
  }
}

type Row = { serial: number; name: string; tries: number }
