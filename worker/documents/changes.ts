import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import type { Update } from './read-update.ts'
import { indexAt, structsOf } from './struct-lists.ts'

/**
 * What has come into a Y.Doc since some moment, so that it can be written as the document has it by now: a thousand
 * keystrokes are one run of characters, where merged updates would be a thousand insertions.
 */
export class Changes {
  /** From which clock on the insertions of a client are new. */
  readonly #from = new Map<number, number>()
  /** A clock and a length in turn, in any order. */
  readonly #deletes = new Map<number, number[]>()

  clear(): void {
    this.#from.clear()
    this.#deletes.clear()
  }

  /** A transaction has ended. */
  note({ beforeState, afterState, deleteSet }: Y.Transaction): void {
    for (const [client, after] of afterState) {
      const before = beforeState.get(client) ?? 0
      if (after !== before) this.#inserted(client, before)
    }
    for (const [client, ranges] of deleteSet.clients) {
      this.#deleted(
        client,
        ranges.flatMap(({ clock, len }) => [clock, len]),
      )
    }
  }

  /** An update that was applied earlier. */
  noteUpdate({ structs, deletes }: Update): void {
    for (const [client, [first]] of structs) if (first) this.#inserted(client, first.clock)
    for (const [client, ranges] of deletes) this.#deleted(client, ranges)
  }

  /** All of it as one update, from the document that it has come into. */
  encode(doc: Y.Doc): Uint8Array {
    const encoder = new Y.UpdateEncoderV1()
    const rest = encoder.restEncoder
    encoding.writeVarUint(rest, this.#from.size)
    // As Yjs has it: the highest client first, which spares it comparisons.
    for (const [client, from] of [...this.#from].toSorted(([a], [b]) => b - a)) {
      const structs = structsOf(doc, client)
      const first = indexAt(structs, from)
      encoding.writeVarUint(rest, structs.length - first)
      encoder.writeClient(client)
      encoding.writeVarUint(rest, from)
      for (let at = first; at < structs.length; at++) {
        const struct = structs[at]!
        struct.write(encoder, at === first ? from - struct.id.clock : 0)
      }
    }
    encoding.writeVarUint(rest, this.#deletes.size)
    for (const [client, deleted] of this.#deletes) {
      const ranges = merged(deleted)
      encoding.writeVarUint(rest, client)
      encoding.writeVarUint(rest, ranges.length)
      for (const [clock, end] of ranges) {
        encoding.writeVarUint(rest, clock)
        encoding.writeVarUint(rest, end - clock)
      }
    }
    return encoder.toUint8Array()
  }

  #inserted(client: number, clock: number): void {
    this.#from.set(client, Math.min(clock, this.#from.get(client) ?? clock))
  }

  #deleted(client: number, ranges: readonly number[]): void {
    const all = this.#deletes.get(client)
    if (!all) this.#deletes.set(client, [...ranges])
    else for (const each of ranges) all.push(each)
  }
}

/** Ranges as beginning and end, in order and without overlap. */
function merged(deleted: readonly number[]): [clock: number, end: number][] {
  const ranges: [clock: number, end: number][] = []
  for (let i = 0; i < deleted.length; i += 2) ranges.push([deleted[i]!, deleted[i]! + deleted[i + 1]!])
  ranges.sort(([a], [b]) => a - b)
  const result: [clock: number, end: number][] = []
  for (const range of ranges) {
    const last = result.at(-1)
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1])
    else result.push(range)
  }
  return result
}
