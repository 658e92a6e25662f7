import type { Shape } from '../../src/protocol/canvas/shape.ts'

/** Commits of which nothing can be told: those behind `end` up to `start` may have been lost, or have never been. */
export interface Gap {
  readonly end: number
  readonly start: number
}

/** What a canvas is, beside its shapes. */
export interface CanvasFacts {
  readonly epoch: string
  /** From which commit on it is known what has been taken away. */
  readonly horizon: number
}

/** What has changed since something was stored last. */
export interface Unstored {
  readonly shapes: readonly { readonly shape: Shape; readonly version: number }[]
  readonly removed: readonly (readonly [id: string, version: number])[]
  /** Ids of which it needs not be known any more that they were taken away. */
  readonly forgotten: readonly string[]
  readonly steps: readonly StoredSteps[]
  readonly facts?: CanvasFacts
}

/** The steps of a user, from the first to the last, less those that stand as they are. */
export interface StoredSteps {
  readonly user: string
  readonly kept: ReadonlySet<number>
  readonly changed: readonly StoredStep[]
}

export interface StoredStep {
  readonly number: number
  readonly isRedo: boolean
  readonly json: string
}

/** How many gaps are kept: one for each start of the room in which something was written. */
const mostGaps = 1000

/** A canvas in SQLite: a row a shape, a row for each that has gone, and a row a step of undo. */
export class CanvasStorage {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    for (const table of [
      '_canvas_shapes (id TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL) WITHOUT ROWID',
      '_canvas_removed (id TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID',
      '_canvas_gaps (start INTEGER PRIMARY KEY, end INTEGER NOT NULL)',
      '_canvas_steps (user TEXT, number INTEGER, redo INTEGER NOT NULL, json TEXT NOT NULL, at INTEGER NOT NULL, ' +
        'PRIMARY KEY (user, number)) WITHOUT ROWID',
    ]) {
      this.#sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`)
    }
  }

  get facts(): CanvasFacts | undefined {
    return this.#storage.kv.get<CanvasFacts>(factsKey)
  }

  get gaps(): Gap[] {
    return this.#sql
      .exec<{ start: number; end: number }>('SELECT start, end FROM _canvas_gaps ORDER BY start')
      .toArray()
  }

  get shapes(): { readonly shape: Shape; readonly version: number }[] {
    return this.#sql
      .exec<{ version: number; json: string }>('SELECT version, json FROM _canvas_shapes')
      .toArray()
      .map(({ version, json }) => ({ version, shape: JSON.parse(json) as Shape }))
  }

  get removed(): (readonly [id: string, version: number])[] {
    return this.#sql
      .exec<{ id: string; version: number }>('SELECT id, version FROM _canvas_removed ORDER BY version')
      .toArray()
      .map(({ id, version }) => [id, version])
  }

  /** The steps of a user, in their order. */
  stepsOf(user: string): StoredStep[] {
    return this.#sql
      .exec<{ number: number; redo: number; json: string }>(
        'SELECT number, redo, json FROM _canvas_steps WHERE user = ? ORDER BY number',
        user,
      )
      .toArray()
      .map(({ number, redo, json }) => ({ number, isRedo: redo === 1, json }))
  }

  /** Notes that commits may have been told that are not known here. Gives the last commit up to which that is forgotten again. */
  addGap({ start, end }: Gap, facts: CanvasFacts): number {
    return this.#storage.transactionSync(() => {
      this.#sql.exec('INSERT INTO _canvas_gaps (start, end) VALUES (?, ?)', start, end)
      const [oldest] = this.#sql
        .exec<{ start: number }>('SELECT start FROM _canvas_gaps ORDER BY start DESC LIMIT 1 OFFSET ?', mostGaps)
        .toArray()
      if (!oldest) return 0
      this.#sql.exec('DELETE FROM _canvas_gaps WHERE start <= ?', oldest.start)
      this.#storage.kv.put(factsKey, { ...facts, horizon: Math.max(facts.horizon, oldest.start) })
      return oldest.start
    })
  }

  /** Stores all of it, or nothing. */
  write({ shapes, removed, forgotten, steps, facts }: Unstored): void {
    this.#storage.transactionSync(() => {
      if (facts) this.#storage.kv.put(factsKey, facts)
      for (const { shape, version } of shapes) {
        this.#sql.exec(
          'INSERT OR REPLACE INTO _canvas_shapes (id, version, json) VALUES (?, ?, ?)',
          shape.id,
          version,
          JSON.stringify(shape),
        )
        this.#sql.exec('DELETE FROM _canvas_removed WHERE id = ?', shape.id)
      }
      for (const [id, version] of removed) {
        this.#sql.exec('DELETE FROM _canvas_shapes WHERE id = ?', id)
        this.#sql.exec('INSERT OR REPLACE INTO _canvas_removed (id, version) VALUES (?, ?)', id, version)
      }
      for (const id of forgotten) this.#sql.exec('DELETE FROM _canvas_removed WHERE id = ?', id)
      for (const each of steps) this.#writeSteps(each)
    })
  }

  #writeSteps({ user, kept, changed }: StoredSteps): void {
    const numbers = this.#sql
      .exec<{ number: number }>('SELECT number FROM _canvas_steps WHERE user = ?', user)
      .toArray()
    const stays = new Set([...kept, ...changed.map(({ number }) => number)])
    for (const { number } of numbers) {
      if (!stays.has(number)) this.#sql.exec('DELETE FROM _canvas_steps WHERE user = ? AND number = ?', user, number)
    }
    if (numbers.length === 0 && changed.length > 0) this.#makeRoomForUser()
    for (const { number, isRedo, json } of changed) {
      this.#sql.exec(
        'INSERT OR REPLACE INTO _canvas_steps (user, number, redo, json, at) VALUES (?, ?, ?, ?, ?)',
        user,
        number,
        isRedo ? 1 : 0,
        json,
        Date.now(),
      )
    }
  }

  /** One more has steps: those who have done nothing for longest have none any more, where there are too many. */
  #makeRoomForUser(): void {
    this.#sql.exec(
      'DELETE FROM _canvas_steps WHERE user IN ' +
        '(SELECT user FROM _canvas_steps GROUP BY user ORDER BY MAX(at) DESC LIMIT -1 OFFSET ?)',
      mostUsers - 1,
    )
  }

  /** Forgets everything. */
  empty(): void {
    this.#storage.transactionSync(() => {
      for (const table of ['shapes', 'removed', 'gaps', 'steps']) this.#sql.exec(`DELETE FROM _canvas_${table}`)
      this.#storage.kv.delete(factsKey)
    })
  }
}

const factsKey = 'canvas'

/** Of how many users steps are kept. */
const mostUsers = 100
