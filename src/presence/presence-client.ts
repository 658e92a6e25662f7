import { batch, untrack } from 'solid-js'
import { type Connection, takenIn } from '../connection/connection.ts'
import type { Client, Door } from '../connection/provider.ts'
import { differing } from '../live/fields.ts'
import { LiveObject } from '../live/live-object.ts'
import { createShown } from '../live/shown.ts'
import { errorFrom } from '../protocol/error-payload.ts'
import { encodeFrame } from '../protocol/frame.ts'
import type { Json } from '../protocol/json.ts'
import type {
  PresenceClientFrame,
  PresenceServerFrame,
  PresenceState,
  Resumption,
} from '../protocol/presence/messages.ts'
import { isSameUser } from '../protocol/visitor-id.ts'
import { type Peer, Peers } from './peers.ts'

/** How long we wait with what we say while nobody is here to hear it, in milliseconds. */
const alone = 1000

/** Who we are in the room; nothing is known before the room has greeted us. */
export interface Self {
  readonly connectionId?: string | undefined
  readonly userId?: string | undefined
  readonly userName?: string | undefined
  readonly joinedAt?: string | undefined
}

/** The browser's end of a room of who is here: its connection, who else is here, and what we say of ourselves. */
export class PresenceClient implements Client {
  readonly connection: Connection
  readonly peers = new Peers()
  readonly self = new LiveObject<Self>({})
  readonly state = new LiveObject<PresenceState>({})
  readonly canWrite = createShown(false)
  /** Who hears what is told to all. */
  readonly listeners = new Set<(event: Json, from: Peer | undefined) => void>()
  readonly #door: Door
  /** What we say at first, also as somebody else. */
  #initial: PresenceState = {}
  /** The components that are here, each with the shortest time between two frames that it has asked for, in milliseconds. */
  readonly #holders = new Set<{ readonly throttle: number }>()
  #resumption: Resumption | undefined
  /** What the room has heard of us on this connection; `undefined` where we have not entered. */
  #heard: PresenceState | undefined
  #heardAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Whether the room knows connections, and not part A alone. */
  #isOurs = false

  constructor(door: Door) {
    this.#door = door
    this.connection = door.open({
      failed: door.failed,
      received: (frame) => takenIn(() => this.#received(frame)),
      greeted: () => this.#enter(),
      dropped: () => {
        this.#heard = undefined
      },
      refused: () => this.#forget(),
    })
  }

  /**
   * A component is here, which says this at first, and does not want to say anything more often than so. Gives back what ends
   * that: without a component we are not here, though the connection stays for a while.
   */
  hold(initial: PresenceState, throttle: number): () => void {
    const holder = { throttle }
    this.#holders.add(holder)
    this.#initial = { ...initial, ...this.#initial }
    this.say({ ...initial, ...this.state.fields })
    if (!this.#heard && untrack(this.connection.status) === 'connected') this.#enter()
    return () => {
      this.#holders.delete(holder)
      if (this.#holders.size > 0 || !this.#heard) return
      this.#heard = undefined
      this.#send({ type: 'presence.leave', payload: {} })
    }
  }

  /** Says something of us from now on. */
  say(state: PresenceState): void {
    batch(() => this.state.assign(state))
    this.#soon()
  }

  /** Tells everybody something; says whether it could be sent. */
  broadcast(event: Json): boolean {
    this.#tell()
    return this.#heard !== undefined && this.#send({ type: 'presence.broadcast', payload: { event } })
  }

  changeIdentity(): void {
    this.#forget()
    this.connection.restart()
  }

  get userId(): string | undefined {
    return this.self.fields.userId
  }

  close(): void {
    this.connection.close()
  }

  #forget(): void {
    batch(() => {
      this.#resumption = this.#heard = undefined
      this.peers.clear()
      this.self.assign({})
      this.canWrite.set(false)
      this.state.assign(this.#initial)
    })
  }

  /** Takes a frame of the room; says whether it was the greeting. */
  #received(data: string | ArrayBuffer): boolean {
    const frame = JSON.parse(data as string) as PresenceServerFrame
    switch (frame.type) {
      case 'presence.sync': {
        const { peers, userId, userName, canWrite } = frame.payload
        if (this.userId && userId && !isSameUser(this.userId, userId)) this.#forget()
        this.#isOurs = userId !== undefined
        this.self.assign({ ...this.self.fields, userId, userName })
        this.canWrite.set(canWrite ?? true)
        // We are no peer of ours, as we were before a drop.
        this.peers.sync(peers.filter(({ connectionId }) => connectionId !== (this.#resumption?.connectionId ?? null)))
        break
      }
      case 'presence.entered': {
        const { resume, connectionId, ...rest } = frame.payload
        this.#resumption = { connectionId, resume }
        this.self.assign({ ...this.self.fields, connectionId, ...rest })
        break
      }
      case 'presence.changes': {
        const { events = [], ...changes } = frame.payload
        this.peers.take(changes)
        for (const { connectionId, event } of events) {
          const from = this.peers.get(connectionId)
          for (const listener of this.listeners) listener(event, from)
        }
        if (changes.joined) this.#soon()
        break
      }
      case 'presence.query':
        this.#enter()
        break
      case 'auth':
        this.canWrite.set(frame.payload.canWrite)
        if (!frame.payload.canWrite) this.#heard = undefined
        else if (!this.#heard) this.#enter()
        break
      case 'presence.join':
        this.peers.take({ joined: [frame.payload.peer] })
        this.#soon()
        break
      case 'presence.update':
        this.peers.take({ updated: [{ connectionId: frame.payload.userId, state: frame.payload.state }] })
        break
      case 'presence.leave':
        this.peers.take({ left: [frame.payload.userId] })
        break
      case 'core.error': {
        const error = errorFrom(frame.payload)
        if (error.code === 'rate-limited' && this.#heard) {
          // It is not known which of it was not heard: all of it is said again, a while later.
          this.#heard = {}
          this.#heardAt = Date.now() + alone
          this.#soon()
        }
        // A room that could not start ends the connection, which tells of it.
        if (error.code !== 'room-failed') this.#door.failed(error)
        break
      }
      case 'core.mark':
        this.connection.send(data as string)
        break
      default:
        // A newer worker may say more than we know.
        frame satisfies never
    }
    return frame.type === 'presence.sync'
  }

  /** Says that we are here, with all that we say of ourselves. */
  #enter(): void {
    if (!this.canWrite.now || this.#holders.size === 0) return
    const state = this.state.fields
    this.#say({ type: 'presence.enter', payload: { state, ...this.#resumption } }, state)
  }

  /** Has what we say told as soon as it may be: to nobody it matters less. */
  #soon(): void {
    clearTimeout(this.#timer)
    const often = Math.min(...[...this.#holders].map(({ throttle }) => throttle))
    const wait = this.peers.list.now.length > 0 ? often : alone
    if (this.#heard) this.#timer = setTimeout(() => this.#tell(), this.#heardAt + wait - Date.now())
  }

  /** Tells the room what it has not heard of us. */
  #tell(): void {
    const before = this.#heard
    const now = this.state.fields
    if (!before) return
    const doubt = this.#door.doubt()
    if (doubt) return void doubt.then(() => this.#tell())
    const changed = differing(before, { ...now })
    if (changed.length === 0) return
    // What is no more is nothing in JSON.
    const set = Object.fromEntries(changed.map((field) => [field, now[field]!]))
    const unset = changed.filter((field) => !Object.hasOwn(now, field))
    this.#say({ type: 'presence.change', payload: { set, unset } }, set)
  }

  /** Says something of us, to a room that knows part A alone in its words. */
  #say(frame: PresenceClientFrame, fields: PresenceState): void {
    if (!this.#send(this.#isOurs ? frame : { type: 'presence.update', payload: fields })) return
    this.#heard = this.state.fields
    this.#heardAt = Date.now()
  }

  #send(frame: PresenceClientFrame): boolean {
    return this.connection.send(encodeFrame(frame))
  }
}
