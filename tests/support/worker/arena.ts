import {
  type GameAction,
  type GameInput,
  GameRoom,
  type Identity,
  type InputChoice,
  type Player,
  type Step,
} from 'deepspace-solid/worker'
import * as v from 'valibot'
import type { Field, StoredGame } from '../field.ts'

/** Which games have started, as objects, and have ended, for whoever does not want to wake them by asking. */
export const endings: string[] = []

const inputs = v.variant('action', [
  v.object({ action: v.literal('move'), data: v.object({ x: v.number(), y: v.number() }) }),
  v.object({ action: v.picklist(['note', 'secret']), data: v.string() }),
  v.object({
    action: v.picklist(['throw', 'return', 'end', 'blind', 'trip', 'wait', 'kick', 'demote']),
    data: v.optional(v.unknown(), {}),
  }),
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
    ...(this.#says('boundless') && { stateBytes: 2 ** 21 }),
    ...(this.#says('strict') && { framesPerSecond: 5, frameBurst: 10 }),
    ...(this.#says('alert') && { resumeWithin: 1000 }),
  }
  #created = 0
  #gameRows = 0
  #otherRows = 0
  /** How often it is not said what somebody sees. */
  #blind = 0
  /** The hooks that fail the next time. */
  readonly #trips = new Set<unknown>()
  readonly #moves: string[] = []
  readonly #views: string[] = []

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    endings.push(`start of ${ctx.id.name}`)
    // As in a room that declares no view.
    if (this.#says('unveiled')) this.view = GameRoom.prototype.view
    const { sql } = ctx.storage
    const exec = sql.exec.bind(sql)
    sql.exec = ((text: string, ...values: unknown[]) => {
      const cursor = exec(text, ...values)
      if (text.includes('INTO _game')) this.#gameRows += cursor.rowsWritten
      else this.#otherRows += cursor.rowsWritten
      return cursor
    }) as typeof sql.exec
  }

  override create(): Field {
    if (this.#says('created-once') && ++this.#created > 1) throw new Error('no second field')
    const [, what] = /creates-(\w+)/.exec(this.ctx.id.name!) ?? []
    return { at: {}, log: [], secrets: {}, used: {}, clock: 0, ...(what && { anything: anything(what) }) }
  }

  override onTick(field: Field, given: readonly GameInput<GameAction>[], { tick, dt }: Step): Field | undefined {
    if (this.#says('ticking')) field.clock = Math.round(tick * dt * 1000)
    for (const { userId, action, data } of given) {
      if (!this.#says('uncounted')) field.used[userId] = (field.used[userId] ?? 0) + 1
      if (action === 'move') {
        Object.assign(field.at[userId]!, data)
        this.#moves.push(`${userId} ${(data as { x: number }).x}`)
      }
      if (action === 'note') field.log.push(`${tick > 0 ? '' : 'no tick '}${userId}: ${data}`)
      if (action === 'secret') field.secrets[userId] = String(data)
      if (action === 'end') this.end()
      if (action === 'blind') {
        this.#blind = Number(data) || Number.POSITIVE_INFINITY
        field.clock++
      }
      if (action === 'trip') this.#trips.add(data)
      if (action === 'wait') waitUntil(Number(data))
      if (action === 'kick') this.removeUser(String(data))
      if (action === 'demote') this.setRole(String(data), 'viewer')
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
    this.#pass('onPlayerJoin', field)
    field.at[player.userId] = { x: 0, y: 0, name: player.userName, health: 100, team: 'red', score: 0 }
    if (this.#says('long-data')) player.data = 'x'.repeat(5000)
    else player.data = this.#says('odd-data') ? (anything('circle') as Player['data']) : { color: player.userId.length }
  }

  override onPlayerLeave(field: Field, { userId }: Player): void {
    field.log.push(`leave ${userId}`)
    delete field.at[userId]
    this.#pass('onPlayerLeave', field)
  }

  override onPlayerDrop(field: Field, player: Player): void {
    field.log.push(`drop ${player.userId}`)
    if (this.#says('data-drop')) player.data = anything('function') as Player['data']
    if (this.#says('color-drop')) Object.assign(player.data as object, { color: 'none' })
    this.#pass('onPlayerDrop', field)
  }

  override onPlayerReturn(field: Field, { userId }: Player): void {
    field.log.push(`return ${userId}`)
    this.#pass('onPlayerReturn', field)
  }

  override onStart(field: Field): void {
    field.log.push('start')
    this.#pass('onStart', field)
  }

  override onEnd(field: Field): void {
    field.log.push('end')
    this.#pass('onEnd', field)
    endings.push(`end of ${this.ctx.id.name}`)
  }

  override view(field: Field, player: Player | null): object {
    this.#views.push(`${player?.userId ?? 'watcher'} ${field.used.ann}`)
    if (this.#blind-- > 0) throw new Error(`nobody may know ${JSON.stringify(field.secrets)}`)
    const own = player && field.secrets[player.userId]
    return { ...field, secrets: own ? { [player.userId]: own } : {} }
  }

  override mayStart({ userId }: Player, field: Field): boolean {
    this.#pass('mayStart', field)
    return userId !== 'zed'
  }

  override mayEnd({ userId }: Player, field: Field): boolean {
    this.#pass('mayEnd', field)
    return userId !== 'zed'
  }

  /** How many rows of the game it has written since it has started, and what is in its tables. */
  async stored(): Promise<StoredGame> {
    const count = (table: string) => this.ctx.storage.sql.exec(`SELECT 1 FROM ${table}`).toArray().length
    const rows = { written: this.#gameRows, others: this.#otherRows, games: count('_game'), planned: count('_agenda') }
    return { ...rows, alarm: await this.ctx.storage.getAlarm() }
  }

  /** Which inputs that move somebody it has used since it has started, in order. */
  moves(): string[] {
    return this.#moves
  }

  /** For whom it was asked what they see, and at which count of the inputs of ann. */
  views(): string[] {
    return this.#views
  }

  /** So often it fails to say what somebody sees. */
  blindFor(times: number): void {
    this.#blind = times
  }

  /** Ends the game, as the app's own server code does. */
  finish(): void {
    this.end()
  }

  /** Ends the object, as a crash does: what is not on disk is gone. */
  crash(): void {
    this.ctx.abort('crashed')
  }

  /** Stands still for so long. */
  stall(milliseconds: number): void {
    waitUntil(Date.now() + milliseconds)
  }

  /** Where its name says `late`, whoever has a token that ends soon is let in only when it has. */
  protected override admit(identity: Identity, given: string | undefined): string {
    if (this.#says('late') && identity.expiresAt! * 1000 < Date.now() + 10_000) waitUntil(identity.expiresAt! * 1000)
    return super.admit(identity, given)
  }

  /** Ends the game, or throws, where the name of the room, or a player, says that this hook does. */
  #pass(hook: string, { secrets }: Field): void {
    if (this.#says(`ends-${hook}`)) this.end()
    if (this.#trips.delete(hook) || this.#says(`fails-${hook}`))
      throw new Error(`${hook} knows ${JSON.stringify(secrets)}`)
  }

  #says(word: string): boolean {
    return this.ctx.id.name!.includes(word)
  }
}

function waitUntil(time: number): void {
  while (Date.now() < time) {}
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
