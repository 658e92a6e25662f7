import { createRenderEffect, createRoot, getOwner, onCleanup } from 'solid-js'
import { isServer } from 'solid-js/web'
import * as Y from 'yjs'
import { hear, read } from './readers.ts'
import type { TextChange, TextDelta, YArrayValue, YMapValue, YTextValue } from './y-value.ts'

/** What a type of Yjs is read by. */
type Value = TextValue | MapValue | ArrayValue

const values = new WeakMap<object, Value>()

/**
 * What is read of something in a document: the Solid value of a type of Yjs, always the same one; anything else as it is.
 *
 * The classes are those of Yjs itself, of which a page must have one copy in any case: Yjs compares by them what it is given.
 */
export function solidValue(content: unknown): unknown {
  if (typeof content !== 'object' || content === null) return content
  const known = values.get(content)
  if (known) return known
  const value = made(content)
  if (value) values.set(content, value)
  return value ?? content
}

function made(content: object): Value | undefined {
  if (content instanceof Y.Map) return new MapValue(() => content)
  if (content instanceof Y.Array) return new ArrayValue(() => content)
  if (content instanceof Y.Text) return new TextValue(() => content)
  return undefined
}

/** A text that may change for another, or not be there. */
export class TextValue implements YTextValue<undefined> {
  readonly #source: () => Y.Text | undefined

  constructor(source: () => Y.Text | undefined) {
    this.#source = source
  }

  get type(): Y.Text | undefined {
    return this.#source()
  }

  get value(): string {
    return read(this.#source(), null, (text) => text.toString(), '')
  }

  onDelta(told: (delta: readonly TextDelta[], change: TextChange) => void): () => void {
    if (isServer) return () => {}
    const stop = createRoot((dispose) => {
      // An effect waits where the page moves on: what is shown until then is told of until then.
      createRenderEffect(() => {
        const text = this.#source()
        if (text?.doc) onCleanup(hearChanges(text, text.doc, told))
      })
      return dispose
    })
    if (getOwner()) onCleanup(stop)
    return stop
  }
}

function hearChanges(
  text: Y.Text,
  doc: Y.Doc,
  told: (delta: readonly TextDelta[], change: TextChange) => void,
): () => void {
  const [later, undo] = hear(doc)
  let isHeard = true
  const observer = (event: Y.YTextEvent, { origin, local }: Y.Transaction): void => {
    // Yjs knows it only now: whoever is told next may write.
    const delta = event.delta as TextDelta[]
    if (delta.length > 0) later(() => isHeard && told(delta, { origin, local }))
  }
  text.observe(observer)
  return () => {
    isHeard = false
    text.unobserve(observer)
    undo()
  }
}

/** Stands for what is not there, and differs from an `undefined` that is. */
const absent = Symbol('absent')
const nothing: readonly never[] = Object.freeze([])

/** What a map is read by. */
export type MapSource = Pick<Y.Map<unknown>, 'doc' | '_item' | 'get' | 'has' | 'keys'>

/** A map that may change for another, or not be there. */
export class MapValue implements YMapValue<Record<string, unknown>, undefined> {
  readonly #source: () => MapSource | undefined

  constructor(source: () => MapSource | undefined) {
    this.#source = source
  }

  get type(): Y.Map<unknown> | undefined {
    return this.#source() as Y.Map<unknown> | undefined
  }

  get(key: string): unknown {
    const content = this.#at(key)
    return content === absent ? undefined : solidValue(content)
  }

  has(key: string): boolean {
    return this.#at(key) !== absent
  }

  keys(): readonly string[] {
    return read(this.#source(), null, (map) => Object.freeze([...map.keys()]), nothing)
  }

  get size(): number {
    return this.keys().length
  }

  #at(key: string): unknown {
    return read(this.#source(), key, (map) => (map.has(key) ? map.get(key) : absent), absent)
  }
}

/** What a list is read by. */
export type ArraySource = Pick<Y.Array<unknown>, 'doc' | '_item' | 'toArray'>

/** A list that may change for another, or not be there. */
export class ArrayValue implements YArrayValue<unknown, undefined> {
  readonly #source: () => ArraySource | undefined

  constructor(source: () => ArraySource | undefined) {
    this.#source = source
  }

  get type(): Y.Array<unknown> | undefined {
    return this.#source() as Y.Array<unknown> | undefined
  }

  get items(): readonly unknown[] {
    return read(this.#source(), null, (list) => Object.freeze(list.toArray().map(solidValue)), nothing)
  }
}
