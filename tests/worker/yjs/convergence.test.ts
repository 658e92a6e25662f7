import fc from 'fast-check'
import { expect, inject, test } from 'vitest'
import * as Y from 'yjs'
import { DocWire } from '../../support/doc-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const base = inject('base')
const effort = inject('effort')

/** Somebody who writes, whose copy outlives connections. */
class Writer {
  readonly doc = new Y.Doc()
  readonly #room: string
  readonly #user: string
  #wire: DocWire | undefined
  #isLosing = false

  constructor(room: string, user: string) {
    this.#room = room
    this.#user = user
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'room') return
      if (this.#isLosing) this.#isLosing = false
      else this.#wire?.send({ type: 'sync', step: 'update', payload: update })
    })
  }

  get isHere(): boolean {
    return this.#wire?.socket.readyState === WebSocket.OPEN
  }

  async come(): Promise<void> {
    if (this.isHere) return
    const wire = await DocWire.open(base, this.#room, this.#user)
    this.#wire = wire
    let taken = 0
    const take = (): void => {
      for (const frame of wire.frames.slice(taken)) {
        taken++
        if (frame.type !== 'sync') continue
        if (frame.step !== 'vector') Y.applyUpdate(this.doc, frame.payload, 'room')
        else {
          const payload = Y.encodeStateAsUpdate(this.doc, frame.payload)
          wire.send({ type: 'sync', step: 'state', payload })
        }
      }
    }
    wire.socket.addEventListener('message', take)
    take()
    wire.send({ type: 'sync', step: 'vector', payload: Y.encodeStateVector(this.doc) })
    // What we have is on its way once the room has asked for it; only then is there anything to be saved.
    await wire.until(({ step }) => step === 'vector')
  }

  async go(): Promise<void> {
    const wire = this.#wire
    this.#wire = undefined
    await wire?.close()
  }

  /** Loses the next edit on its way. */
  lose(): void {
    this.#isLosing = this.isHere
  }

  /** Waits until the room has stored everything so far. Says whether it has. */
  async saved(): Promise<boolean> {
    const wire = this.#wire
    if (!wire || !this.isHere) return false
    return Promise.race([wire.saved().then(() => true), wire.closed.then(() => false)])
  }

  edit(at: number, what: number): void {
    const text = this.doc.getText('content')
    const place = text.length === 0 ? 0 : at % (text.length + 1)
    if (what % 4 === 0 && place < text.length) text.delete(place, Math.min(1 + (what % 5), text.length - place))
    else text.insert(place, String.fromCodePoint(97 + (what % 26)).repeat(1 + (what % 3)))
    if (what % 7 === 0) this.doc.getMap('map').set(`k${what % 3}`, what)
  }
}

const deed = fc.record({
  who: fc.nat(2),
  what: fc.constantFrom('edit', 'edit', 'edit', 'edit', 'come', 'come', 'go', 'lose', 'crash', 'saved'),
  at: fc.nat(1000),
  value: fc.nat(1000),
})

test(
  'T2 to T4: whatever is cut, lost or ended, all copies come to be the same, and what was saved is there',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 10, maxLength: 40 }), async (deeds) => {
        const room = `doc:${crypto.randomUUID()}`
        const writers = ['ann', 'ben', 'eve'].map((user) => new Writer(room, user))
        const saved = new Y.Doc()
        const stored = async (): Promise<Y.Doc> => {
          const { result } = await callRoom(base, room, 'snapshot', ['system'])
          const doc = new Y.Doc()
          Y.applyUpdate(doc, new Uint8Array(Object.values(result as Record<string, number>)))
          return doc
        }
        for (const { who, what, at, value } of deeds) {
          const writer = writers[who]!
          if (what === 'edit') writer.edit(at, value)
          else if (what === 'come') await writer.come()
          else if (what === 'go') await writer.go()
          else if (what === 'lose') writer.lose()
          else if (what === 'saved') {
            const image = Y.encodeStateAsUpdate(writer.doc)
            const mine = Y.encodeStateVector(writer.doc)
            // What was lost on its way was never said to be saved: the room has asked for it by then, or will.
            if (!(await writer.saved())) continue
            const has = Y.decodeStateVector(Y.encodeStateVector(await stored()))
            const isWhole = [...Y.decodeStateVector(mine)].every(([client, clock]) => (has.get(client) ?? 0) >= clock)
            if (isWhole) Y.applyUpdate(saved, image)
          } else {
            await callRoom(base, room, 'crash', [])
            const has = Y.decodeStateVector(Y.encodeStateVector(await stored()))
            for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(saved))) {
              expect(has.get(client) ?? 0).toBeGreaterThanOrEqual(clock)
            }
          }
        }
        for (const writer of writers) await writer.go()
        for (const writer of writers) {
          await writer.come()
          await writer.saved()
        }
        for (const writer of writers) await writer.saved()
        const truth = new Y.Doc()
        for (const { doc } of writers) Y.applyUpdate(truth, Y.encodeStateAsUpdate(doc))
        const image = (doc: Y.Doc) => [doc.getText('content').toString(), doc.getMap('map').toJSON()]
        for (const doc of [...writers.map((writer) => writer.doc), await stored()])
          expect(image(doc)).toEqual(image(truth))
        for (const writer of writers) await writer.go()
      }),
      { numRuns: 5 * effort },
    )
  },
  60_000 * effort,
)
