import * as Y from 'yjs'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { Id, Insertion, Struct, Update } from './read-update.ts'
import { endOf, indexAt, isItem, structsOf } from './struct-lists.ts'

/** What an update would do to a document, as it is. */
export interface Fit {
  /** Whether it would change anything. */
  readonly isNews: boolean
  /** How many structs it would cut in two at most. */
  readonly cuts: number
  /** How many characters, or what counts as one, it would delete. */
  readonly deleted: number
  /** How many root types it would make. */
  readonly roots: number
  /** Its structs, each behind what it stands on. */
  readonly order: readonly Placed[]
}

/** A struct of an update, and whose it is. */
export interface Placed {
  readonly client: number
  readonly struct: Struct
}

/** How deep shared types may lie in each other: Yjs deletes and collects them by recursion. */
const deepest = 200

/**
 * Whether all of an update can be applied to a document at once: `'gap'` when something that it stands on is missing. The
 * update must have nothing in it that the document has. Throws `invalid-message` for what no client of Yjs makes:
 * insertions into what is no type, or beside what is somewhere else.
 */
export function fitOf(update: Update, doc: Y.Doc): Fit | 'gap' {
  return new Fitting(update, doc).result()
}

/** An insertion of the update, on its way to its place. */
interface Entry extends Placed {
  /** Where it is, once everything that it stands on has its place. */
  place?: Place
  /** The clients whose next insertion stands on this one. */
  waiting?: number[]
}

/** `'gone'` with what it was in; or a parent and a key in it. */
type Place = 'gone' | { readonly parent: Parent; readonly key: string | undefined }

/** A type of the document, the insertion that makes one, or the name of a root type that is not there yet. */
type Parent = SharedType | Entry | string

type SharedType = NonNullable<ReturnType<Y.Doc['share']['get']>>

class Fitting {
  readonly #doc: Y.Doc
  readonly #update: Update
  readonly #entries = new Map<number, Entry[]>()
  readonly #depths = new Map<Parent, number>()
  readonly #roots = new Set<string>()
  readonly #order: Entry[] = []
  #cuts = 0

  constructor(update: Update, doc: Y.Doc) {
    this.#doc = doc
    this.#update = update
  }

  result(): Fit | 'gap' {
    if (!this.#follows() || !this.#placeAll()) return 'gap'
    let isNews = this.#entries.size > 0
    let deleted = 0
    for (const [client, ranges] of this.#update.deletes) {
      const length = this.#deletable(client, ranges)
      if (length === 'gap') return 'gap'
      if (length > 0) isNews = true
      deleted += length
    }
    return { isNews, cuts: this.#cuts, deleted, roots: this.#roots.size, order: this.#order }
  }

  /** Whether what each client has inserted goes on where the document ends, without a hole. */
  #follows(): boolean {
    for (const [client, structs] of this.#update.structs) {
      if (structs.some(({ kind }) => kind === 'skipped')) return false
      if (structs[0]!.clock !== this.#known(client)) return false
      this.#entries.set(
        client,
        structs.map((struct) => ({ client, struct })),
      )
    }
    return true
  }

  /** Gives each insertion its place, in an order in which each comes behind what it stands on, if there is one. */
  #placeAll(): boolean {
    const ready = [...this.#entries.keys()]
    const next = new Map<number, number>()
    let all = 0
    for (const entries of this.#entries.values()) all += entries.length
    while (ready.length > 0) {
      const client = ready.pop()!
      const entries = this.#entries.get(client)!
      let at = next.get(client) ?? 0
      for (; at < entries.length; at++) {
        const entry = entries[at]!
        const missing = this.#missing(entry)
        if (missing === 'gap') return false
        if (missing) {
          missing.waiting ??= []
          missing.waiting.push(client)
          break
        }
        entry.place = this.#place(entry)
        this.#order.push(entry)
        for (const waiting of entry.waiting ?? []) ready.push(waiting)
      }
      next.set(client, at)
    }
    // What is left waits for itself, in a circle.
    return this.#order.length === all
  }

  /** What an insertion stands on and has no place yet; `'gap'` where it is neither in the document nor in the update. */
  #missing({ client, struct }: Entry): Entry | 'gap' | undefined {
    if (struct.kind !== 'insertion') return undefined
    for (const id of [struct.origin, struct.rightOrigin, struct.parent]) {
      if (id === undefined || typeof id === 'string') continue
      if (id.client === client && id.clock >= struct.clock) refuse('an insertion stands on itself')
      if (id.clock < this.#known(id.client)) continue
      const entry = this.#entryAt(id)
      if (!entry) return 'gap'
      if (entry.place === undefined) return entry
    }
    return undefined
  }

  #place(entry: Entry): Place {
    const { struct } = entry
    if (struct.kind !== 'insertion') return 'gone'
    const { origin, rightOrigin } = struct
    const left = origin && this.#placeOf(origin, true)
    const right = rightOrigin && this.#placeOf(rightOrigin, false)
    if (left === 'gone' || right === 'gone') return 'gone'
    if (left && right && (left.parent !== right.parent || left.key !== right.key))
      refuse('an insertion is between what is in two places')
    const place = left ?? right ?? this.#ownPlace(struct)
    if (place !== 'gone' && struct.type !== undefined) {
      const depth = this.#depthOf(place.parent) + 1
      if (depth > deepest) refuse(`types are more than ${deepest} deep in each other`)
      this.#depths.set(entry, depth)
    }
    return place
  }

  /** Where an insertion is that is beside nothing. */
  #ownPlace({ parent, key }: Insertion): Place {
    if (typeof parent === 'string') {
      const root = this.#doc.share.get(parent)
      if (!root) this.#roots.add(parent)
      return { parent: root ?? parent, key }
    }
    const type = this.#typeAt(parent!)
    if (type === 'gone') return 'gone'
    const rule = keyRule(type)
    if (rule !== undefined && rule !== (key !== undefined))
      refuse(rule ? 'an insertion into a map has no key' : 'an insertion into a list has a key')
    return { parent: type, key }
  }

  /** The type that an insertion has made. */
  #typeAt(id: Id): Parent | 'gone' {
    if (id.clock >= this.#known(id.client)) {
      const entry = this.#entryAt(id)!
      const { struct } = entry
      if (entry.place === 'gone' || struct.kind !== 'insertion' || struct.isDeleted) return 'gone'
      return struct.type !== undefined && struct.type >= 0 ? entry : refuse('an insertion is into what is no type')
    }
    const struct = this.#structAt(id)
    if (!isItem(struct) || struct.content instanceof Y.ContentDeleted) return 'gone'
    return struct.content instanceof Y.ContentType
      ? struct.content.type
      : refuse('an insertion is into what is no type')
  }

  /** Where what has an id is; to stand beside it may cut it in two. */
  #placeOf(id: Id, isLeft: boolean): Place {
    if (id.clock >= this.#known(id.client)) return this.#entryAt(id)!.place!
    const struct = this.#structAt(id)
    if (!isItem(struct)) return 'gone'
    const isCut = isLeft ? id.clock < struct.id.clock + struct.length - 1 : id.clock > struct.id.clock
    if (isCut) this.#cuts++
    return { parent: struct.parent as SharedType, key: struct.parentSub ?? undefined }
  }

  #depthOf(parent: Parent): number {
    if (typeof parent === 'string') return 0
    const known = this.#depths.get(parent)
    if (known !== undefined) return known
    if (!(parent instanceof Y.AbstractType)) return 0
    let depth = 0
    for (let item = parent._item; item; item = (item.parent as SharedType)._item) depth++
    this.#depths.set(parent, depth)
    return depth
  }

  /** How much of some ranges is there and not deleted; `'gap'` where they go beyond what there is. */
  #deletable(client: number, ranges: readonly number[]): number | 'gap' {
    const structs = structsOf(this.#doc, client)
    const known = endOf(structs)
    const run = this.#update.structs.get(client)
    const last = run?.at(-1)
    const end = last ? last.clock + last.length : known
    let length = 0
    for (let i = 0; i < ranges.length; i += 2) {
      const from = ranges[i]!
      const to = from + ranges[i + 1]!
      if (to > end) return 'gap'
      // What the update itself inserts and deletes is cut as well.
      if (to > known) this.#cuts += 2
      if (from >= known) continue
      for (let at = indexAt(structs, from); at < structs.length; at++) {
        const struct = structs[at]!
        const { clock } = struct.id
        if (clock >= to) break
        if (struct.deleted) continue
        if (clock < from) this.#cuts++
        if (clock + struct.length > to) this.#cuts++
        length += Math.min(to, clock + struct.length) - Math.max(from, clock)
      }
    }
    return length
  }

  #known(client: number): number {
    return endOf(structsOf(this.#doc, client))
  }

  #structAt({ client, clock }: Id): Y.Item | Y.GC {
    const structs = structsOf(this.#doc, client)
    return structs[indexAt(structs, clock)]!
  }

  #entryAt({ client, clock }: Id): Entry | undefined {
    const structs = this.#update.structs.get(client)
    const last = structs?.at(-1)
    if (!structs || !last || clock >= last.clock + last.length) return undefined
    return this.#entries.get(client)![indexAt(structs, clock)]
  }
}

/** Whether insertions into a type have a key: always, never, or `undefined`: some have. */
function keyRule(type: Parent): boolean | undefined {
  if (typeof type === 'string') return undefined
  if (type instanceof Y.AbstractType) {
    if (type instanceof Y.Map) return true
    if (type instanceof Y.Array) return false
    return type instanceof Y.XmlFragment && !(type instanceof Y.XmlElement) ? false : undefined
  }
  const { struct } = type
  // By their numbers: lists and fragments have none, maps and hooks have nothing else.
  switch (struct.kind === 'insertion' ? struct.type : undefined) {
    case 0:
    case 4:
      return false
    case 1:
    case 5:
      return true
    default:
      return undefined
  }
}

function refuse(why: string): never {
  throw new DeepSpaceError('invalid-message', `Invalid message: update: ${why}`)
}
