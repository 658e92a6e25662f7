import type { RoomKind } from '../edge/admission.ts'
import type { Identity } from '../edge/identity.ts'
import { isNamespace, notNamespace } from '../edge/reach.ts'
import type { Bindable, Grant } from '../room/guest-room.ts'
import type { Chore } from '../room/room.ts'
import type { Commit, Records } from './records.ts'
import { type Rights, rightsOf, rightsTo } from './rights.ts'

/** The kinds of room that can be bound to a record. */
export type BoundKind = Exclude<RoomKind, 'records'>

/** Which rooms are bound to the records of which collection, and where they are: `{ docs: { yjs: env.DOCS } }`. */
export type Bound = Readonly<Record<string, BoundNamespaces>>

/** Where the rooms of each kind are. */
export type BoundNamespaces = {
  readonly [K in BoundKind]?: DurableObjectNamespace<never> | DurableObjectNamespace | undefined
}

/** One room that is bound to a record. */
interface BoundRoom {
  /** One text for it among all that this record room has. */
  readonly key: string
  readonly kind: BoundKind
  readonly name: string
  readonly collection: string
  readonly recordId: string
}

/** What {@link BoundRooms} asks of its room. */
export interface Surroundings {
  /** The name of the record room. */
  readonly name: string
  readonly roleOf: (identity: Identity) => string
  /** Has {@link BoundRooms.tellAll} called. */
  readonly telling: Chore
}

/** How long what could not be told waits at first, in milliseconds. */
const triedAgainAfter = 1000

/** How many rooms are told at a time. */
const toldAtOnce = 32

/**
 * The rooms that take their access from a record of this one. Whoever comes to one of them is judged here, and noted; when
 * a commit, a membership or a role has changed what they may, their room is told. What is to be told is stored with the
 * commit, and told again until that room has heard it.
 */
export class BoundRooms {
  readonly #sql: SqlStorage
  readonly #bound: ReadonlyMap<string, BoundNamespaces>
  readonly #records: Records
  readonly #surroundings: Surroundings
  /** Calls of one stub arrive in their order: what is said later is heard later. */
  readonly #lines = new Map<string, { readonly stub: Bindable; calls: number }>()

  /** Throws a `TypeError` where what is declared cannot be. */
  constructor(sql: SqlStorage, bound: Bound, records: Records, surroundings: Surroundings) {
    this.#sql = sql
    this.#bound = new Map(Object.entries(bound))
    this.#records = records
    this.#surroundings = surroundings
    for (const [collection, kinds] of this.#bound) {
      if (!records.collections.has(collection)) throw new TypeError(`"${collection}": the room has no such collection`)
      for (const [kind, rooms] of Object.entries(kinds)) {
        if (!boundKinds.has(kind)) {
          throw new TypeError(`"${collection}": "${kind}": expected one of ${[...boundKinds].join(', ')}`)
        }
        if (!isNamespace(rooms)) throw new TypeError(`"${collection}": ${kind}: ${notNamespace(rooms)}`)
      }
    }
    if (this.#bound.size === 0) return
    sql.exec(
      'CREATE TABLE IF NOT EXISTS _guests (room TEXT, who TEXT, identity TEXT NOT NULL, role TEXT, told INTEGER NOT NULL, ' +
        'serial INTEGER NOT NULL, PRIMARY KEY (room, who)) WITHOUT ROWID',
    )
    sql.exec('CREATE INDEX IF NOT EXISTS _guests_who ON _guests (who)')
    sql.exec('CREATE TABLE IF NOT EXISTS _vacated (room TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID')
  }

  /**
   * A ticket to a room for somebody whom its record lets in; `null` where it does not, `undefined` where the room is bound
   * to no record. Rejects where the room cannot be asked.
   */
  async ticketTo(kind: BoundKind, name: string, identity: Identity): Promise<string | null | undefined> {
    const room = this.#roomNamed(kind, name)
    if (!room) return undefined
    // What was written for a record that is gone is no text of the one that has its id now.
    while (this.#isVacated(room.key)) await this.#tell(room)
    // From here to the call without a pause: what is decided later is told later.
    const role = this.#roleIn(room, identity)
    if (role === null) return null
    this.#note(room.key, identity, role)
    return this.#call(room, (stub) => stub.ticketFor(identity, role, this.#surroundings.name))
  }

  /** Notes what a commit changes for the guests of bound rooms, and begins to tell it. */
  committed({ touched, moves, version }: Commit): void {
    if (this.#bound.size === 0) return
    const rooms: BoundRoom[] = []
    for (const { collection, recordId, existing, record, wasRemoved } of touched) {
      for (const kind of Object.keys(this.#bound.get(collection.name) ?? {})) {
        const room = boundRoom(kind as BoundKind, collection.name, recordId)
        // What the same commit has made again under the id is another record.
        if (existing && wasRemoved) rooms.push(this.#vacate(room, version))
        else if (record) rooms.push(...this.#judge('room = ?', room.key))
      }
    }
    for (const { membership } of moves) rooms.push(...this.#judge('who = ?', membership.userId))
    this.#tellSoon(rooms)
  }

  /** A user has another role here. */
  roleChanged(userId: string): void {
    if (this.#bound.size === 0) return
    this.#tellSoon(this.#judge('who = ?', userId))
  }

  /** A user is gone, and from every bound room too. */
  removed(userId: string): void {
    if (this.#bound.size === 0) return
    this.#sql.exec('UPDATE _guests SET role = NULL, told = 0, serial = serial + 1 WHERE who = ?', userId)
    this.#tellSoon(this.#judged('who = ? AND told = 0', userId))
  }

  /** Tells everything that has not been heard. Rejects where something still is not. */
  async tellAll(): Promise<void> {
    const keys = this.#sql
      .exec<{ room: string }>('SELECT room FROM _vacated UNION SELECT room FROM _guests WHERE told = 0')
      .toArray()
    await this.#tellEach(keys.map(({ room }) => roomOfKey(room)))
  }

  #roomNamed(kind: BoundKind, name: string): BoundRoom | undefined {
    const colon = name.indexOf(':')
    const collection = name.slice(0, Math.max(colon, 0))
    if (!this.#bound.get(collection)?.[kind]) return undefined
    return boundRoom(kind, collection, name.slice(colon + 1))
  }

  /** What an identity may do in a bound room: `member` writes, `viewer` reads. */
  #roleIn({ collection: name, recordId }: BoundRoom, identity: Identity): 'member' | 'viewer' | null {
    const collection = this.#records.collections.get(name)
    const record = collection && this.#records.storage.get(collection, recordId)
    if (!record) return null
    // A visitor has another id at each visit: what is theirs alone they own no more.
    const who = identity.anonymous ? visitor : identity
    const caller = { userId: who.userId, role: this.#surroundings.roleOf(who) }
    return roles[rightsTo(record, collection, caller, this.#records.teams.of)]
  }

  /** Somebody is let in: who that is, and what they were told, outlives them. */
  #note(room: string, identity: Identity, role: string): void {
    const { expiresAt: _, ...lasting } = identity.anonymous ? visitor : identity
    const text = JSON.stringify(lasting)
    const who = rightsOf(identity)
    const [known] = this.#sql
      .exec(
        'SELECT 1 FROM _guests WHERE room = ? AND who = ? AND identity = ? AND role = ? AND told = 1',
        room,
        who,
        text,
        role,
      )
      .toArray()
    if (known) return
    this.#sql.exec(
      'INSERT INTO _guests (room, who, identity, role, told, serial) VALUES (?, ?, ?, ?, 1, 0) ON CONFLICT (room, who) ' +
        // Other connections of theirs may have been told something else.
        'DO UPDATE SET identity = excluded.identity, told = (told AND role IS excluded.role), role = excluded.role, ' +
        'serial = serial + 1',
      room,
      who,
      text,
      role,
    )
  }

  /** Judges guests anew, and notes for whom something has changed. Gives the rooms where that is. */
  #judge(condition: string, value: string): BoundRoom[] {
    for (const { room, who, identity, role } of this.#guests(condition, value)) {
      let now: string | null = null
      try {
        now = this.#roleIn(roomOfKey(room), JSON.parse(identity) as Identity)
      } catch (error) {
        console.error('it cannot be said what somebody may do in a bound room: nothing', error)
      }
      if (now === role) continue
      this.#sql.exec(
        'UPDATE _guests SET role = ?, told = 0, serial = serial + 1 WHERE room = ? AND who = ?',
        now,
        room,
        who,
      )
    }
    return this.#judged(`${condition} AND told = 0`, value)
  }

  #judged(condition: string, value: string): BoundRoom[] {
    return [...new Set(this.#guests(condition, value).map(({ room }) => room))].map(roomOfKey)
  }

  #guests(condition: string, value: string): Guest[] {
    return this.#sql.exec<Guest>(`SELECT room, who, identity, role FROM _guests WHERE ${condition}`, value).toArray()
  }

  /**
   * The record of a room is gone: so is everybody there, and what is stored there, whether or not anybody has come through
   * here; an app may have written to it by itself.
   */
  #vacate(room: BoundRoom, version: number): BoundRoom {
    this.#sql.exec('DELETE FROM _guests WHERE room = ?', room.key)
    this.#sql.exec('INSERT OR REPLACE INTO _vacated (room, version) VALUES (?, ?)', room.key, version)
    return room
  }

  #isVacated(room: string): boolean {
    return this.#sql.exec('SELECT 1 FROM _vacated WHERE room = ?', room).toArray().length > 0
  }

  /** Tells rooms at once; should the object end before that, or they not hear it, later. */
  #tellSoon(rooms: readonly BoundRoom[]): void {
    if (rooms.length === 0) return
    this.#surroundings.telling.plan(Date.now() + triedAgainAfter)
    // Once a transaction of the app's own has ended. It has been planned: whatever becomes of this attempt, there is another.
    const told = Promise.resolve().then(() => this.#tellEach(rooms))
    told.catch((error) => console.warn('a bound room could not be told what has changed, and will be', error))
  }

  /** Tells rooms, many but not all at a time. Rejects at the end where one could not be told. */
  async #tellEach(rooms: readonly BoundRoom[]): Promise<void> {
    const failures: unknown[] = []
    const waiting = [...new Map(rooms.map((room) => [room.key, room])).values()]
    const work = async (): Promise<void> => {
      for (let room = waiting.shift(); room; room = waiting.shift()) {
        await this.#tell(room).catch((error: unknown) => failures.push(error))
      }
    }
    await Promise.all(Array.from({ length: toldAtOnce }, work))
    if (failures.length > 0) throw failures[0]
  }

  /** Tells one room what it has not heard yet. Rejects where it cannot be told. */
  async #tell(room: BoundRoom): Promise<void> {
    const { key } = room
    const [vacated] = this.#sql.exec<{ version: number }>('SELECT version FROM _vacated WHERE room = ?', key).toArray()
    if (vacated) {
      await this.#call(room, (stub) => stub.vacate())
      this.#sql.exec('DELETE FROM _vacated WHERE room = ? AND version = ?', key, vacated.version)
    }
    const grants = this.#sql
      .exec<Pick<Guest, 'who' | 'role'> & { serial: number }>(
        'SELECT who, role, serial FROM _guests WHERE room = ? AND told = 0',
        key,
      )
      .toArray()
    if (grants.length > 0) {
      const told = grants.map(({ who, role }) => ({ who, role }))
      this.#heard(key, grants, await this.#call(room, (stub) => stub.regrant(told)))
    }
    const [waiting] = this.#sql
      .exec('SELECT 1 FROM _vacated UNION ALL SELECT 1 FROM _guests WHERE told = 0 LIMIT 1')
      .toArray()
    if (!waiting) this.#surroundings.telling.cancel()
  }

  /** A room has heard who may do what. Who is not there, or may nothing, needs not be told of anything any more. */
  #heard(room: string, grants: readonly (Grant & { readonly serial: number })[], absent: readonly string[]): void {
    for (const { who, role, serial } of grants) {
      const isGone = role === null || absent.includes(who)
      const change = isGone ? 'DELETE FROM _guests' : 'UPDATE _guests SET told = 1'
      this.#sql.exec(`${change} WHERE room = ? AND who = ? AND serial = ?`, room, who, serial)
    }
  }

  async #call<T>(room: BoundRoom, call: (stub: Bindable) => Promise<T> | T): Promise<T> {
    const line = this.#lines.get(room.key) ?? { stub: this.#stubOf(room), calls: 0 }
    this.#lines.set(room.key, line)
    line.calls++
    try {
      return await call(line.stub)
    } catch (error) {
      // Through a stub whose object has ended nothing is reached any more.
      if (this.#lines.get(room.key) === line) this.#lines.delete(room.key)
      throw error
    } finally {
      if (--line.calls === 0 && this.#lines.get(room.key) === line) this.#lines.delete(room.key)
    }
  }

  #stubOf({ kind, name, collection }: BoundRoom): Bindable {
    const rooms = this.#bound.get(collection)![kind] as DurableObjectNamespace
    return rooms.get(rooms.idFromName(name)) as unknown as Bindable
  }
}

type Guest = { room: string; who: string; identity: string; role: string | null }

const boundKinds: ReadonlySet<string> = new Set(['yjs', 'canvas', 'presence', 'game'] satisfies BoundKind[])

/** What somebody is in a room that is bound to a record, by what they may do with that. */
const roles = { none: null, read: 'viewer', write: 'member' } as const satisfies Record<Rights, string | null>

/** Whoever is not signed in. */
const visitor: Identity = { userId: '', name: 'Anonymous', email: '', anonymous: true }

function boundRoom(kind: BoundKind, collection: string, recordId: string): BoundRoom {
  const name = `${collection}:${recordId}`
  return { key: `${kind}/${name}`, kind, name, collection, recordId }
}

function roomOfKey(key: string): BoundRoom {
  const slash = key.indexOf('/')
  const colon = key.indexOf(':')
  return boundRoom(key.slice(0, slash) as BoundKind, key.slice(slash + 1, colon), key.slice(colon + 1))
}
