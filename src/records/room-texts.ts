import { untrack } from 'solid-js'
import { LiveDocument } from '../documents/live-document.ts'
import { createShown } from '../live/shown.ts'
import { docKeyOf } from '../protocol/documents/doc-key.ts'
import { encodeTextFrame, readTextFrame, type TextFrame } from '../protocol/documents/text-frame.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import type { TextServerFrame } from '../protocol/records/messages.ts'
import type { TextPlace } from '../protocol/records/text-place.ts'
import type { RoomClient, TextKeeper } from './room-client.ts'

/** Why a join may not have been answered, or refused for a while only. */
const unanswered = /connected|timeout|limit|internal/

/** The text of one field of a record, as it is on this page. */
export class RoomText {
  readonly place: TextPlace
  readonly docKey: string
  readonly document: LiveDocument
  /** Why it is not to be had. */
  readonly error = createShown<DeepSpaceError | undefined>(undefined)
  holders = 0
  /** What has come of it before the room has said what we may do with it; `undefined` once it has. */
  #early: TextFrame[] | undefined
  readonly #room: RoomClient

  constructor(room: RoomClient, docKey: string, place: TextPlace) {
    this.#room = room
    this.place = place
    this.docKey = docKey
    const send = (frame: TextFrame): boolean => room.connection.send(encodeTextFrame(frame))
    this.document = new LiveDocument({
      sync: (step, payload) => send({ type: 'sync', docKey, step, payload }),
      awareness: (update) => send({ type: 'awareness', docKey, update }),
      saved: (counter) => room.send({ type: 'yjs.saved', payload: { ...place, counter } }),
      doubt: room.door.doubt,
      failed: room.failed,
    })
  }

  /** Joins, on a connection that is greeted, or anew. */
  join(): void {
    this.#early = []
    this.#room.request({ type: 'yjs.join', payload: this.place }).catch((error: DeepSpaceError) => {
      if (!unanswered.test(error.code)) this.#lose(error)
      // Without a connection it is asked again on the next one.
      else if (this.#early) setTimeout(() => this.holders && this.join(), 5000)
    })
  }

  /** A binary frame has come. */
  take(frame: TextFrame): void {
    if (this.#early) this.#early.push(frame)
    else if (frame.type === 'sync') this.document.took(frame.step, frame.payload)
    else this.document.tookAwareness(frame.update)
  }

  /** The room says what we may do with it. */
  joined(canWrite: boolean, isRevoked: boolean | undefined): void {
    if (isRevoked) return this.#lose(new DeepSpaceError('not-found', 'Record not found', this.place))
    const early = this.#early
    this.#early = undefined
    this.error.set(undefined)
    // A room that knows part A alone is known by its bytes, which come first there; any other by its word.
    if (!this.#room.isPlain) this.document.allowed(canWrite)
    if (early) {
      this.document.greeted()
      for (const frame of early) this.take(frame)
    }
    this.document.allowed(canWrite)
  }

  dropped(): void {
    this.#early = undefined
    this.document.dropped()
  }

  /** It is not ours to see, or is no more. */
  #lose(error: DeepSpaceError): void {
    this.#early = undefined
    this.document.reset()
    this.error.set(error)
  }
}

/** The texts of a room's records that somebody on this page has joined. */
export class RoomTexts implements TextKeeper {
  readonly #room: RoomClient
  readonly #texts = new Map<string, RoomText>()

  constructor(room: RoomClient) {
    this.#room = room
  }

  /** The text of a place, joined if it is not yet. Give it back with {@link release}. */
  hold(place: TextPlace): RoomText {
    const key = docKeyOf(place)
    let text = this.#texts.get(key)
    if (!text) {
      text = new RoomText(this.#room, key, place)
      this.#texts.set(key, text)
      if (untrack(this.#room.connection.status) === 'connected') text.join()
    }
    text.holders++
    text.document.lookedAt(true)
    return text
  }

  /** The last who gives it back leaves it after a while: a page that comes back finds it as it was. */
  release(text: RoomText): void {
    if (--text.holders > 0) return
    text.document.lookedAt(false)
    // The room may not be there any longer than this.
    text.document.flush()
    setTimeout(() => {
      if (text.holders > 0 || !this.#texts.delete(text.docKey)) return
      text.document.close()
      this.#room.send({ type: 'yjs.leave', payload: text.place })
    }, this.#room.door.keepFor())
  }

  ask(): void {
    for (const text of this.#texts.values()) text.join()
  }

  took(bytes: ArrayBuffer): void {
    const frame = readTextFrame(new Uint8Array(bytes))
    this.#texts.get(frame.docKey)?.take(frame)
  }

  told({ type, payload }: TextServerFrame): void {
    if (type === 'yjs.saved') this.#texts.get(docKeyOf(payload))?.document.stored(payload.counter)
    else if (type === 'yjs.join') this.#texts.get(docKeyOf(payload))?.joined(payload.canWrite, payload.revoked)
  }

  failed(error: DeepSpaceError): boolean {
    const text = this.#texts.get(`${error.collection}:${error.recordId}:${error.field}`)
    text?.document.failed(error)
    return !!text
  }

  dropped(): void {
    for (const text of this.#texts.values()) text.dropped()
  }

  reset(): void {
    for (const { document } of this.#texts.values()) document.reset()
  }
}

/** The texts of a room, kept as long as its client is. */
export function textsOf(room: RoomClient): RoomTexts {
  room.texts ??= new RoomTexts(room)
  return room.texts as RoomTexts
}
