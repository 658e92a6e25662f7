import {
  type AwarenessEntry,
  encodeAwareness,
  readAwareness,
  removed,
} from '../../src/protocol/documents/awareness-update.ts'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { bytesOver } from '../../src/protocol/frame.ts'
import { type AwarenessLimits, defaultAwarenessLimits } from './awareness-limits.ts'
import { updatesOf } from './awareness-updates.ts'
import { type Held, isEcho, issue } from './held-awareness.ts'
import { type KeptAwareness, keepWithin } from './kept-awareness.ts'
import { type AwarenessUser, verifiedState } from './verified-state.ts'

/** An awareness update and who is to get it. */
export interface AwarenessDelivery<Connection> {
  readonly to: readonly Connection[]
  readonly update: Uint8Array
}

/** What follows from an update of a client. */
export interface AwarenessOutcome<Connection> {
  readonly deliveries: readonly AwarenessDelivery<Connection>[]
  /** Whose {@link DocumentAwareness.kept} is now another, so that it has to be kept before the next sleep. */
  readonly changed: readonly Connection[]
}

/** Clocks from here on are the object's: milliseconds since 1970, where a client counts its moves. */
const issuedFrom = 2 ** 40

/**
 * y-protocols drops a state of which it has heard nothing for 30 seconds, and y-websocket a connection; both speak at
 * least each 18. So who speaks and finds that something was told longer ago than this has it told: after 26 at most.
 */
const tellAfter = 8_000

/** What was told longer ago than this is told along with it, so that those who are still come to share one update. */
const tellAlong = tellAfter / 2

/** A browser lets a hidden tab speak once a minute. Who is silent for two is not spoken for any longer: its end may have been lost. */
const silentAfter = 120_000

/** When a connection was heard is kept anew after so long, so that after a sleep a hidden tab is still told from a lost one. */
const keepAfter = 30_000

/** Of how many ids that are gone the last clock is remembered, so that a late echo does not bring one back. */
const rememberedIds = 1024

/** How many times as many ids a connection keeps, with those that say nothing any more. */
const endedIds = 4

/** The names that the room writes into a state make it longer than what the client may say, and come back with it. */
const stampBytes = 8 * 1024

/** What is known of a connection. */
interface Speaker {
  user: AwarenessUser
  /** Counts connections and removals, in the order in which they came. */
  readonly order: number
  readonly ids: Set<number>
  heardAt: number
  /** What was kept last of `heardAt`. */
  keptAt: number
  toldAt: number
  /** Whether it has said of an id that it is its own. */
  hasSpoken: boolean
  /** Until when it is not told of other connections of its user: one of them may be itself, before a drop. */
  withheldUntil: number
}

/** What is remembered of an id that went: its last clock, when, and whose it was. */
interface Gone {
  readonly clock: number
  readonly order: number
  readonly userId: string
}

/** What a connection says of an id of its own, as it is passed on. */
interface Word {
  readonly clientId: number
  readonly state: string | null
}

/**
 * The awareness of one document, kept by the object: who is where. It has no timer, so the object can sleep. Client ids
 * belong to connections, clocks are the object's own, and the name in a state is the verified one; so stock clients, which
 * send back everything that they hear, can neither erase nor forge nor hide each other.
 */
export class DocumentAwareness<Connection> {
  readonly #limits: AwarenessLimits
  readonly #now: () => number
  readonly #speakers = new Map<Connection, Speaker>()
  readonly #held = new Map<number, Held<Connection>>()
  /** The ids that nobody holds any longer, the one that went last at the end. */
  readonly #gone = new Map<number, Gone>()
  #order = 0
  /** No state has to be told anew before. */
  #dueAt = Number.POSITIVE_INFINITY

  constructor(limits: Partial<AwarenessLimits> = {}, now: () => number = Date.now) {
    this.#limits = { ...defaultAwarenessLimits, ...limits }
    this.#now = now
  }

  /**
   * A connection comes, or comes again, under whatever name. Gives the updates that it is to be sent. What other
   * connections of its user hold follows with its first word: a stock client that returns would take up what it said
   * before its drop, if it were told of it.
   */
  join(connection: Connection, user: AwarenessUser): Uint8Array[] {
    const now = this.#now()
    const known = this.#speakers.get(connection)
    if (known) known.user = user
    const speaker = known ?? this.#enter(connection, user, ++this.#order, now)
    if (!known) speaker.withheldUntil = now + tellAfter
    speaker.toldAt = now
    return updatesOf(this.#renewed(this.#living(now).filter((held) => this.#isFor(connection, speaker, held, now))))
  }

  /**
   * Takes an update from a connection. What it says of ids that are not its own is not heard; nothing of its own goes back
   * to it. Throws a `DeepSpaceError` for the sender, and then nothing has happened: `invalid-message`, `too-large`, or
   * `too-many` for more ids than it may hold.
   */
  receive(connection: Connection, update: Uint8Array): AwarenessOutcome<Connection> {
    const speaker = this.#speaker(connection)
    const { stateBytes, depth, entries: most } = this.#limits
    const entries = readAwareness(update, { entries: most, depth, stateBytes: stateBytes + stampBytes })
    const own = entries
      .filter((entry) => this.#isOwn(connection, speaker, entry, entries.length === 1))
      .map(({ clientId, state }) => ({ clientId, state: this.#verified(clientId, state, speaker.user) }))
    this.#checkIds(speaker, own)

    const now = this.#now()
    const changed = new Set<Connection>()
    speaker.heardAt = now
    const news = new Set<number>()
    for (const entry of own) {
      if (this.#take(connection, speaker, entry, changed, now)) news.add(entry.clientId)
    }
    if (now - speaker.keptAt >= keepAfter) changed.add(connection)
    return { deliveries: this.#told(connection, speaker, news, now), changed: [...changed] }
  }

  /**
   * A connection goes. Tells all others that what it still holds is removed; with nobody else there the update is to
   * nobody, for a leaver that expects it too.
   */
  leave(connection: Connection): AwarenessDelivery<Connection>[] {
    const speaker = this.#speakers.get(connection)
    if (!speaker) return []
    this.#speakers.delete(connection)
    const order = ++this.#order
    const entries: AwarenessEntry[] = []
    for (const clientId of speaker.ids) {
      const { clock, state } = this.#held.get(clientId)!
      this.#held.delete(clientId)
      const last = state === null ? clock : clock + 1
      if (state !== null) entries.push({ clientId, clock: last, state: removed })
      this.#remember(clientId, { clock: last, order, userId: speaker.user.id })
    }
    const now = this.#now()
    const to = [...this.#speakers.keys()]
    const updates = updatesOf(entries)
    if (updates.length > 0) for (const each of this.#speakers.values()) each.toldAt = now
    return updates.map((update) => ({ to, update }))
  }

  /**
   * What is to be kept of a connection over a sleep, in at most so many bytes of a structured clone (120 hold one id, each
   * further takes 40; its state as much again as it is long).
   */
  kept(connection: Connection, maxBytes: number): KeptAwareness {
    const speaker = this.#speaker(connection)
    const ids = [...speaker.ids].map((clientId) => {
      const { clock, state } = this.#held.get(clientId)!
      return [clientId, clock, state] as const
    })
    speaker.keptAt = speaker.heardAt
    return keepWithin(maxBytes, { order: speaker.order, heardAt: speaker.heardAt, ids })
  }

  /**
   * A connection is still there after a sleep; all are restored before the first update is taken. Says whether all that it
   * had said is known again: if not, it is to be asked (`query-awareness`), and is told of to nobody until it answers.
   */
  restore(connection: Connection, user: AwarenessUser, kept: KeptAwareness | undefined): boolean {
    const speaker = this.#enter(connection, user, kept?.order ?? ++this.#order, kept?.heardAt ?? this.#now())
    this.#order = Math.max(this.#order, speaker.order)
    if (!kept) return false
    speaker.keptAt = kept.heardAt
    speaker.hasSpoken = kept.ids.length > 0
    for (const [clientId, clock, state] of kept.ids) {
      const other = this.#held.get(clientId)
      if (other && this.#speaker(other.holder).order > speaker.order) continue
      if (other) this.#speaker(other.holder).ids.delete(clientId)
      speaker.ids.add(clientId)
      this.#held.set(clientId, {
        holder: connection,
        clock,
        state,
        issued: new Map(),
        toldAt: Number.NEGATIVE_INFINITY,
      })
      this.#dueAt = Number.NEGATIVE_INFINITY
    }
    return kept.whole && kept.ids.every(([, , state]) => state !== undefined)
  }

  #enter(connection: Connection, user: AwarenessUser, order: number, heardAt: number): Speaker {
    const toldAt = Number.NEGATIVE_INFINITY
    const speaker = {
      user,
      order,
      ids: new Set<number>(),
      heardAt,
      keptAt: heardAt,
      toldAt,
      hasSpoken: false,
      withheldUntil: 0,
    }
    this.#speakers.set(connection, speaker)
    return speaker
  }

  #speaker(connection: Connection): Speaker {
    const speaker = this.#speakers.get(connection)
    if (!speaker) throw new DeepSpaceError('internal', 'Awareness: the connection has not joined')
    return speaker
  }

  /**
   * Whether an entry is a connection's own word. A stock client passes on everybody's: what it heard from the room has a
   * clock of the room, what it heard from another tab of its browser may have any.
   */
  #isOwn(connection: Connection, speaker: Speaker, entry: AwarenessEntry, isAlone: boolean): boolean {
    const { clientId, clock, state } = entry
    const held = this.#held.get(clientId)
    if (held) {
      // Even the holder repeats it: two tabs that speak for each other would otherwise send a state to and fro for ever.
      const isRepeated = isEcho(held, entry)
      // Whatever else its clock is: it may once have heard of itself, and has counted on from there.
      if (held.holder === connection) return !isRepeated
      // A tab that comes back speaks first of itself; what it says of others later, it has from its user's other tabs.
      const isReturn = !speaker.hasSpoken && (!isRepeated || this.#now() < speaker.withheldUntil)
      const holder = this.#speaker(held.holder)
      return state !== removed && isReturn && holder.user.id === speaker.user.id && holder.order < speaker.order
    }
    if (state === removed) return false
    const isIssued = clock >= issuedFrom
    const gone = this.#gone.get(clientId)
    if (!gone) return !isIssued || (isAlone && !speaker.hasSpoken)
    // Who was told of its own removal counts on from there, and nobody else is ahead of it.
    if (clock > gone.clock) return true
    const isLater = gone.order < speaker.order
    // The first word of a stock client is its own id alone; after that it repeats what its user's other tabs still say.
    if (!speaker.hasSpoken) return !isIssued || (isAlone && isLater)
    return !isIssued && isLater && gone.userId === speaker.user.id
  }

  /** A client's word as it is passed on. */
  #verified(clientId: number, said: string, user: AwarenessUser): string | null {
    if (said === removed) return null
    const { stateBytes } = this.#limits
    const refuse = (bytes: number): never => {
      const reason = `the state of client ${clientId} may take ${stateBytes} bytes, received ${bytes}`
      throw new DeepSpaceError('too-large', `Awareness too large: ${reason}`)
    }
    const bytes = bytesOver(stateBytes, said)
    if (bytes !== undefined) return refuse(bytes)
    const state = verifiedState(said, user)
    // Numbers may be longer when they are written again: as `1e20`.
    const written = bytesOver(stateBytes + stampBytes, state)
    return written === undefined ? state : refuse(written)
  }

  #checkIds(speaker: Speaker, own: readonly Word[]): void {
    const { ids } = this.#limits
    // One that says nothing any more takes nobody's place, though it may say something again.
    const after = new Map([...speaker.ids].map((clientId) => [clientId, this.#held.get(clientId)!.state]))
    for (const { clientId, state } of own) after.set(clientId, state)
    const count = [...after.values()].filter((state) => state !== null).length
    if (count <= ids) return
    throw new DeepSpaceError('too-many', `Too many awareness clients: a connection may have ${ids}, received ${count}`)
  }

  /** Takes up an entry. Says whether it is news for the others. */
  #take(
    connection: Connection,
    speaker: Speaker,
    { clientId, state }: Word,
    changed: Set<Connection>,
    now: number,
  ): boolean {
    const before = this.#held.get(clientId)
    speaker.hasSpoken = true
    if (before?.holder === connection && before.state === state) return false
    changed.add(connection)
    if (before && before.holder !== connection) {
      this.#speaker(before.holder).ids.delete(clientId)
      changed.add(before.holder)
      before.holder = connection
    }
    speaker.ids.add(clientId)
    if (before?.state === state) return false
    const last = before?.clock ?? this.#gone.get(clientId)?.clock ?? 0
    this.#gone.delete(clientId)
    const clock = state === null ? last + 1 : Math.max(last + 1, now)
    this.#releaseEnded(speaker)
    const held = { holder: connection, clock, state, issued: before?.issued ?? new Map<number, number>(), toldAt: now }
    issue(held, clock)
    this.#held.set(clientId, held)
    this.#dueAt = Math.min(this.#dueAt, now + tellAfter)
    return true
  }

  /** Of the ids that say nothing any more a connection keeps so many, and lets go of the one that it had first. */
  #releaseEnded(speaker: Speaker): void {
    if (speaker.ids.size <= endedIds * this.#limits.ids) return
    const ended = [...speaker.ids].find((clientId) => this.#held.get(clientId)?.state === null)
    if (ended === undefined) return
    const { clock } = this.#held.get(ended)!
    speaker.ids.delete(ended)
    this.#held.delete(ended)
    this.#remember(ended, { clock, order: ++this.#order, userId: speaker.user.id })
  }

  /** Who is to be told what, now that a connection has spoken. */
  #told(
    connection: Connection,
    speaker: Speaker,
    news: ReadonlySet<number>,
    now: number,
  ): AwarenessDelivery<Connection>[] {
    const isStale = speaker.toldAt <= now - tellAfter
    const entries = [...news].map((clientId) => this.#entry(clientId, this.#held.get(clientId)!))
    const due = this.#due(speaker, now)
    const deliveries = this.#toAll([...entries, ...this.#renewed(due)], due.length > 0, now)
    for (const [, held] of due) held.toldAt = now

    const rest =
      speaker.withheldUntil > 0
        ? this.#living(now).filter(([, held]) => this.#isWithheld(connection, speaker, held))
        : []
    speaker.withheldUntil = 0
    const answers = updatesOf(this.#renewed(rest))
    // A stock client that hears nothing for 30 seconds drops its connection.
    if (isStale && speaker.toldAt !== now && answers.length === 0) answers.push(encodeAwareness([]))
    if (answers.length > 0) speaker.toldAt = now
    return [...deliveries, ...answers.map((update) => ({ to: [connection], update }))]
  }

  /** The states that have to be told anew, and those that may as well. */
  #due(speaker: Speaker, now: number): [number, Held<Connection>][] {
    for (const clientId of speaker.ids) {
      this.#dueAt = Math.min(this.#dueAt, this.#held.get(clientId)!.toldAt + tellAfter)
    }
    if (now < this.#dueAt) return []
    const living = this.#living(now)
    const oldest = living.reduce((least, [, { toldAt }]) => Math.min(least, toldAt), Number.POSITIVE_INFINITY)
    const isDue = oldest <= now - tellAfter
    this.#dueAt = (isDue ? now - tellAlong : oldest) + tellAfter
    return isDue ? living.filter(([, { toldAt }]) => toldAt <= now - tellAlong) : []
  }

  /** Tells everybody of entries, but nobody of its own. As a sign of life an update goes also to whom it tells nothing. */
  #toAll(entries: readonly AwarenessEntry[], isSignOfLife: boolean, now: number): AwarenessDelivery<Connection>[] {
    if (entries.length === 0) return []
    const holders = new Set(entries.map(({ clientId }) => this.#held.get(clientId)!.holder))
    const together: Connection[] = []
    const apart: AwarenessDelivery<Connection>[] = []
    for (const [connection, speaker] of this.#speakers) {
      const others =
        holders.has(connection) || now < speaker.withheldUntil
          ? entries.filter(({ clientId }) =>
              this.#isFor(connection, speaker, [clientId, this.#held.get(clientId)!], now),
            )
          : entries
      if (others.length === entries.length) {
        together.push(connection)
        continue
      }
      const updates = updatesOf(others)
      if (updates.length === 0 && isSignOfLife) updates.push(encodeAwareness([]))
      apart.push(...updates.map((update) => ({ to: [connection], update })))
    }
    const shared = together.length > 0 ? updatesOf(entries).map((update) => ({ to: together, update })) : []
    const deliveries = [...shared, ...apart]
    for (const { to } of deliveries) for (const connection of to) this.#speaker(connection).toldAt = now
    return deliveries
  }

  /** The ids with a state whose connections still speak. */
  #living(now: number): [number, Held<Connection>][] {
    return [...this.#held].filter(
      ([, { holder, state }]) => typeof state === 'string' && now - this.#speaker(holder).heardAt < silentAfter,
    )
  }

  #isFor(connection: Connection, speaker: Speaker, [, held]: [number, Held<Connection>], now: number): boolean {
    if (held.holder === connection) return false
    return now >= speaker.withheldUntil || !this.#isWithheld(connection, speaker, held)
  }

  #isWithheld(connection: Connection, speaker: Speaker, { holder }: Held<Connection>): boolean {
    return holder !== connection && this.#speaker(holder).user.id === speaker.user.id
  }

  /** States as they are, with clocks anew: a client that has dropped one takes it up again only with a higher clock. */
  #renewed(states: readonly [number, Held<Connection>][]): AwarenessEntry[] {
    const now = this.#now()
    return states.map(([clientId, held]) => {
      issue(held, Math.max(held.clock + 1, now))
      return this.#entry(clientId, held)
    })
  }

  #entry(clientId: number, { clock, state }: Held<Connection>): AwarenessEntry {
    return { clientId, clock, state: state ?? removed }
  }

  #remember(clientId: number, gone: Gone): void {
    this.#gone.set(clientId, gone)
    if (this.#gone.size <= rememberedIds) return
    const [oldest] = this.#gone.keys()
    this.#gone.delete(oldest!)
  }
}
