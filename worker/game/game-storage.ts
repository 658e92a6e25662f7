import type { GameState } from '../../src/protocol/game/delta.ts'
import type { KeptSeat } from './seat.ts'

/** A game as it outlives the object. */
export interface KeptGame {
  readonly state: GameState
  readonly tick: number
  readonly running: boolean
  readonly skipped: number
  readonly seats: readonly KeptSeat[]
}

/** Keeps a game in one row. */
export class GameStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec('CREATE TABLE IF NOT EXISTS _game (id INTEGER PRIMARY KEY, json TEXT NOT NULL)')
  }

  load(): KeptGame | undefined {
    const [row] = this.#sql.exec<{ json: string }>('SELECT json FROM _game WHERE id = 0').toArray()
    return row && (JSON.parse(row.json) as KeptGame)
  }

  save({ state, tick, running, skipped, seats }: KeptGame): void {
    const kept = seats.map(({ userId, userName, connectedAt, ready, data, seq, received, until }) => {
      return { userId, userName, connectedAt, ready, data, seq, received, until }
    })
    const json = JSON.stringify({ tick, running, skipped, seats: kept, state })
    this.#sql.exec('INSERT OR REPLACE INTO _game (id, json) VALUES (0, ?)', json)
  }

  clear(): void {
    this.#sql.exec('DELETE FROM _game')
  }
}
