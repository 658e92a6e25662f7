import type { GameState } from '../../src/protocol/game/delta.ts'
import type { KeptSeat } from './seat.ts'

/** How a game stands. */
export interface Now {
  readonly state: GameState
  /** How many games have started in the room. */
  readonly round: number
  /** How many steps were done since the start, and for how many there was no time. */
  readonly tick: number
  readonly skipped: number
  readonly running: boolean
}

/** A game as it outlives the object. */
export interface KeptGame extends Now {
  readonly seats: readonly KeptSeat[]
}

/** Keeps a game in one row. */
export class GameStorage {
  readonly #sql: SqlStorage
  /** How much was written since the object has started, in characters. */
  written = 0

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec('CREATE TABLE IF NOT EXISTS _game (id INTEGER PRIMARY KEY, json TEXT NOT NULL)')
  }

  load(): KeptGame | undefined {
    const [row] = this.#sql.exec<{ json: string }>('SELECT json FROM _game WHERE id = 0').toArray()
    return row && (JSON.parse(row.json) as KeptGame)
  }

  save({ seats, state, ...now }: KeptGame): void {
    const kept = seats.map((seat) => {
      const { userId, userName, isVisitor, connectedAt, ready, data, seq, received, until } = seat
      return { userId, userName, isVisitor, connectedAt, ready, data, seq, received, until }
    })
    const json = JSON.stringify({ ...now, seats: kept, state })
    this.written += json.length
    this.#sql.exec('INSERT OR REPLACE INTO _game (id, json) VALUES (0, ?)', json)
  }

  clear(): void {
    this.#sql.exec('DELETE FROM _game')
  }
}
