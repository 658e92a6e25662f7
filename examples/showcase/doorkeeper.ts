import { DurableObject } from 'cloudflare:workers'
import { type DemoRoom, newDemoRoom } from './demo-room.ts'

/** A room that can be ended. */
interface MortalRoom extends Rpc.DurableObjectBranded {
  end(): Promise<void>
}

export interface DoorkeeperEnv {
  readonly RECORDS: DurableObjectNamespace<MortalRoom>
}

/**
 * Opens rooms for visitors, so many and no more, and ends each when its time is over: nothing of it remains. There is one
 * doorkeeper.
 */
export class Doorkeeper<Env extends DoorkeeperEnv = DoorkeeperEnv> extends DurableObject<Env> {
  /** How long a room lives, in milliseconds. */
  readonly lifetime: number = 24 * 60 * 60 * 1000
  /** How many rooms one address may have opened in an hour. */
  readonly perHour: number = 60
  /** How many rooms there may be. */
  readonly atOnce: number = 1_000
  readonly #sql = this.ctx.storage.sql

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql.exec('CREATE TABLE IF NOT EXISTS rooms (id TEXT PRIMARY KEY, who TEXT, openedAt INTEGER) WITHOUT ROWID')
  }

  /** Opens a room for somebody at an address of the network; `null` where they, or all together, have opened enough. */
  async open(who: string): Promise<DemoRoom | null> {
    const now = Date.now()
    if (this.#count('who = ? AND openedAt > ?', who, now - anHour) >= this.perHour) return null
    if (this.#count('TRUE') >= this.atOnce) return null
    const id = newDemoRoom()
    this.#sql.exec('INSERT INTO rooms VALUES (?, ?, ?)', id, who, now)
    await this.#plan()
    return id
  }

  /** Whether a room has been opened, and its time is not over. */
  holds(id: string): boolean {
    return this.#count('id = ? AND openedAt > ?', id, Date.now() - this.lifetime) > 0
  }

  /** Ends a room before its time. */
  async end(id: string): Promise<void> {
    // First, so that nobody comes in behind those who are sent away.
    this.#sql.exec('DELETE FROM rooms WHERE id = ?', id)
    await this.env.RECORDS.get(this.env.RECORDS.idFromName(id)).end()
  }

  override async alarm(): Promise<void> {
    const ended = this.#sql
      .exec<{ id: string }>('SELECT id FROM rooms WHERE openedAt <= ?', Date.now() - this.lifetime)
      .toArray()
    const results = await Promise.allSettled(ended.map(({ id }) => this.#bury(id)))
    for (const result of results)
      if (result.status === 'rejected') console.error('a room could not be ended', result.reason)
    // One that could not be ended is tried again, but not at once.
    await this.#plan(results.some(({ status }) => status === 'rejected') ? Date.now() + aMinute : 0)
  }

  /** Ends a room whose time is over; it is known until it has ended. */
  async #bury(id: string): Promise<void> {
    await this.env.RECORDS.get(this.env.RECORDS.idFromName(id)).end()
    this.#sql.exec('DELETE FROM rooms WHERE id = ?', id)
  }

  async #plan(earliest = 0): Promise<void> {
    const [oldest] = this.#sql.exec<{ at: number | null }>('SELECT min(openedAt) AS at FROM rooms').toArray()
    if (oldest?.at) await this.ctx.storage.setAlarm(Math.max(oldest.at + this.lifetime, earliest))
  }

  #count(where: string, ...values: (string | number)[]): number {
    return this.#sql.exec<{ n: number }>(`SELECT count(*) AS n FROM rooms WHERE ${where}`, ...values).one().n
  }
}

// In milliseconds.
const aMinute = 60 * 1000
const anHour = 60 * aMinute
