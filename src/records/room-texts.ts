import { untrack } from 'solid-js'
import { LiveDocument } from '../documents/live-document.ts'
import { createShown } from '../live/shown.ts'
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
  /** Ends it, where nobody holds it any more. */
  declare ends?: ReturnType<typeof setTimeout>
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
    // What is said of what was sent before does not concern us: all of it is sent anew.
    this.dropped()
    this.#early = []
    this.#room
      .request({ type: 'yjs.join', payload: { ...this.place, synced: this.document.synced() } })
      .catch((error: DeepSpaceError) => {
        if (!unanswered.test(error.code)) this.#lose(error)
        // Without a connection it is asked again on the next one.
        else if (this.#early) setTimeout(() => this.holders && this.join(), 5000)
      })
  }

  /** A binary frame has come. */
  take(frame: TextFrame): void {
    // The answer begins with the room's question: what comes before that is of what we had joined before.
    if (this.#early) {
      if (frame.type === 'sync' && frame.step === 'vector') this.#early = [frame]
      else if (this.#early[0]) this.#early.push(frame)
    } else if (frame.type === 'sync') this.document.took(frame.step, frame.payload)
    else this.document.tookAwareness(frame.update)
  }

  /** The room says what we may do with it. */
  joined(canWrite: boolean, isRevoked: boolean | undefined): void {
    const early = this.#early
    if (early && !early[0]) return
    if (isRevoked) return this.#lose(new DeepSpaceError('not-found', 'Record not found', this.place))
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
    const key = keyOf(place)
    const known = this.#texts.get(key)
    const text = known ?? new RoomText(this.#room, key, place)
    this.#texts.set(key, text)
    clearTimeout(text.ends)
    // Who comes to one that was lost may read it again by now.
    if ((!known || text.error.now) && untrack(this.#room.connection.status) === 'connected') text.join()
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
    text.ends = setTimeout(() => {
      this.#texts.delete(text.docKey)
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
    const text = this.#texts.get(keyOf(payload))
    if (type === 'yjs.saved') text?.document.stored(payload.counter)
    else if (type === 'yjs.join') text?.joined(payload.canWrite, payload.revoked)
  }

  failed(error: DeepSpaceError): boolean {
    this.#texts.get(keyOf({ ...error, fieldName: error.field }))?.document.failed(error)
    // Beside those of requests and queries a room says nothing else of a field; what is of none here we have left.
    return !!error.field
  }

  dropped(): void {
    for (const text of this.#texts.values()) text.dropped()
  }

  reset(): void {
    for (const text of this.#texts.values()) text.document.reset()
  }
}

/** The `docKey` of a place, whose parts have been checked; of what a room says of none it is that of none. */
function keyOf({ collection, recordId, fieldName }: { readonly [K in keyof TextPlace]?: string | undefined }): string {
  return `${collection}:${recordId}:${fieldName}`
}

/** The texts of a room, kept as long as its client is. */
export function textsOf(room: RoomClient): RoomTexts {
  room.texts ??= new RoomTexts(room)
  return room.texts as RoomTexts
}
