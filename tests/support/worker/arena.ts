import {
  type GameAction,
  type GameInput,
  GameRoom,
  type InputChoice,
  type Player,
  type Step,
} from 'deepspace-solid/worker'
import * as v from 'valibot'
import type { Field, StoredGame } from '../field.ts'

/** Which games have ended, for whoever does not want to wake them by asking. */
export const endings: string[] = []

const inputs = v.variant('action', [
  v.object({ action: v.literal('move'), data: v.object({ x: v.number(), y: v.number() }) }),
  v.object({ action: v.picklist(['note', 'secret']), data: v.string() }),
  v.object({ action: v.picklist(['throw', 'return', 'end', 'blind']), data: v.optional(v.unknown(), {}) }),
])

/** A game in which what its name says is another way than usual. */
export class Arena extends GameRoom<unknown, Field, GameAction> {
  override readonly tickRate = this.#says('slow') ? 1 : this.#says('fast') ? 60 : this.#says('hopeless') ? 61 : 20
  override readonly minPlayers = this.#says('two') ? 2 : 1
  override readonly maxPlayers = this.#says('small') ? 2 : 100
  override readonly reconnectFor = this.#says('hasty')
    ? 300
    : this.#says('soon')
      ? 1500
      : this.#says('at-once')
        ? 0
        : 15_000
  override readonly inputs: InputChoice = this.#says('one-each') ? 'one' : this.#says('last-each') ? 'last' : 'all'
  override readonly input = this.#says('untyped') ? undefined : inputs
  override readonly limits = {
    ...(this.#says('narrow') && { stateBytes: 2000 }),
    ...(this.#says('strict') && { framesPerSecond: 5, frameBurst: 10 }),
  }
  #rowsWritten = 0
  #blind = false

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    const { sql } = ctx.storage
    const exec = sql.exec.bind(sql)
    sql.exec = ((text: string, ...values: unknown[]) => {
      const cursor = exec(text, ...values)
      if (text.includes('INTO _game')) this.#rowsWritten += cursor.rowsWritten
      return cursor
    }) as typeof sql.exec
  }

  override create(): Field {
    return { at: {}, log: [], secrets: {}, used: {}, clock: 0 }
  }

  override onTick(field: Field, given: readonly GameInput<GameAction>[], { tick, dt }: Step): Field | undefined {
    if (this.#says('ticking')) field.clock = Math.round(tick * dt * 1000)
    for (const { userId, action, data } of given) {
      if (!this.#says('uncounted')) field.used[userId] = (field.used[userId] ?? 0) + 1
      if (action === 'move') Object.assign(field.at[userId]!, data)
      if (action === 'note') field.log.push(`${tick > 0 ? '' : 'no tick '}${userId}: ${data}`)
      if (action === 'secret') field.secrets[userId] = String(data)
      if (action === 'end') this.end()
      if (action === 'blind') {
        this.#blind = true
        field.clock++
      }
      if (action === 'throw') {
        field.log.push('half done')
        throw new Error(`the secret is ${field.secrets[userId]}`)
      }
      if (action === 'return') field.anything = anything(data)
    }
    // One way or the other: what is changed, or what is new.
    return tick % 2 === 0 ? { ...field } : undefined
  }

  override onPlayerJoin(field: Field, player: Player): void {
    field.log.push(`join ${player.userId}`)
    field.at[player.userId] = { x: 0, y: 0, name: player.userName, health: 100, team: 'red', score: 0 }
    player.data = { color: player.userId.length }
  }

  override onPlayerLeave(field: Field, { userId }: Player): void {
    field.log.push(`leave ${userId}`)
    delete field.at[userId]
  }

  override onPlayerDrop(field: Field, { userId }: Player): void {
    field.log.push(`drop ${userId}`)
  }

  override onPlayerReturn(field: Field, { userId }: Player): void {
    field.log.push(`return ${userId}`)
  }

  override onStart(field: Field): void {
    field.log.push('start')
  }

  override onEnd(field: Field): void {
    field.log.push('end')
    endings.push(`end of ${this.ctx.id.name}`)
  }

  override view(field: Field, player: Player | null): object {
    if (this.#blind) throw new Error(`nobody may know ${JSON.stringify(field.secrets)}`)
    const own = player && field.secrets[player.userId]
    return { ...field, secrets: own ? { [player.userId]: own } : {} }
  }

  override mayStart({ userId }: Player): boolean {
    return userId !== 'zed'
  }

  override mayEnd({ userId }: Player): boolean {
    return userId !== 'zed'
  }

  /** How many rows of the game it has written since it has started, and what is in its tables. */
  stored(): StoredGame {
    const count = (table: string) => this.ctx.storage.sql.exec(`SELECT 1 FROM ${table}`).toArray().length
    return { written: this.#rowsWritten, games: count('_game'), planned: count('_agenda') }
  }

  /** Ends the object, as a crash does: what is not on disk is gone. */
  crash(): void {
    this.ctx.abort('crashed')
  }

  /** Stands still for so long. */
  stall(milliseconds: number): void {
    const until = Date.now() + milliseconds
    while (Date.now() < until) {}
  }

  #says(word: string): boolean {
    return this.ctx.id.name!.includes(word)
  }
}

/** What no state can hold, by name. */
function anything(what: unknown): unknown {
  const circle: { itself?: unknown } = {}
  circle.itself = circle
  switch (what) {
    case 'circle':
      return circle
    case 'function':
      return () => 1
    case 'NaN':
      return Number.NaN
    case 'promise':
      return Promise.resolve(1)
    case 'date':
      return new Date()
    case 'proto':
      return JSON.parse('{"__proto__":1}')
    case 'large':
      return 'x'.repeat(3000)
    default:
      return what
  }
}
