import type * as Y from 'yjs'
import type { Id, Update } from '../../../worker/documents/read-update.ts'
import { indexAt, isItem, structsOf } from '../../../worker/documents/struct-lists.ts'

/** How far to the right is looked before a list is numbered: what people write meanwhile in one place is seldom more. */
const near = 32

/**
 * Whether each insertion of an update, now that it has been applied, is between its origins. Where it is not, they were the
 * wrong way round, as an undo of Yjs 13.6 sometimes has them; Yjs puts such an insertion somewhere, and elsewhere in a
 * document that learns of it in another order.
 */
export function isInOrder(update: Update, doc: Y.Doc): boolean {
  const order = new Order(doc)
  for (const [client, structs] of update.structs) {
    for (const struct of structs) {
      if (struct.kind !== 'insertion' || !struct.origin || !struct.rightOrigin) continue
      const last = struct.clock + struct.length - 1
      if (!order.isBefore(struct.origin, { client, clock: struct.clock })) return false
      if (!order.isBefore({ client, clock: last }, struct.rightOrigin)) return false
    }
  }
  return true
}

class Order {
  readonly #doc: Y.Doc
  /** Where in its list each item is, of the lists that have been numbered. */
  readonly #numbers = new Map<Y.Item, number>()

  constructor(doc: Y.Doc) {
    this.#doc = doc
  }

  /** Of two in one list, whether one comes before the other. What has gone with its list is in no order. */
  isBefore(one: Id, other: Id): boolean {
    const from = this.#at(one)
    const to = this.#at(other)
    if (!isItem(from) || !isItem(to)) return true
    if (from === to) return one.clock < other.clock
    let item: Y.Item | null = from
    for (let steps = 0; steps < near && item !== null; steps++) {
      item = item.right
      if (item === to) return true
    }
    if (item === null) return false
    if (!this.#numbers.has(from)) this.#number(from)
    return this.#numbers.get(from)! < (this.#numbers.get(to) ?? -1)
  }

  #number(some: Y.Item): void {
    let first = some
    while (first.left) first = first.left
    let number = 0
    for (let item: Y.Item | null = first; item; item = item.right) this.#numbers.set(item, number++)
  }

  #at({ client, clock }: Id): Y.Item | Y.GC {
    const structs = structsOf(this.#doc, client)
    return structs[indexAt(structs, clock)]!
  }
}
