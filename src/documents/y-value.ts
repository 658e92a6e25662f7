import type * as Y from 'yjs'

/** A type of Yjs as Solid reads it. Its properties are tracked where they are read: do not destructure. */
export interface YValue<Type> {
  /**
   * The type itself: write through it. Of what was made with an accessor that gives none it is `undefined`. Tracked as the
   * accessor is.
   */
  readonly type: Type
}

/** A `Y.Text`; see `createYText`. `None` is `undefined` where there may be no text. */
export interface YTextValue<None extends undefined = never> extends YValue<Y.Text | None> {
  /** The text without its formats, `''` where there is none. Tracked. */
  readonly value: string
  /**
   * Tells of each change from now on, once a transaction, until the function it returns is called or the owner ends.
   * When it is told, `value` is what the text has become; signals that it sets, and who reads `value`, run in one batch.
   * It may write. What it throws is reported to the window.
   *
   * Where an accessor gives another text, the changes of that are told from then on; the difference between the two is
   * not. A transaction that deletes the text itself is not told either, and nothing of a text that is in no document yet.
   */
  readonly onDelta: (told: (delta: readonly TextDelta[], change: TextChange) => void) => () => void
}

/** A step from the text as it was to the text as it is: so much is kept, so much goes, or this comes. */
export type TextDelta =
  | { readonly retain: number; readonly attributes?: TextAttributes }
  | { readonly delete: number }
  | { readonly insert: string | object; readonly attributes?: TextAttributes }

/** Formats by their names; `null` takes one away. */
export interface TextAttributes {
  readonly [name: string]: unknown
}

/** Where a change has come from. */
export interface TextChange {
  /** What was given to `transact` or `applyUpdate`. */
  readonly origin: unknown
  /** Whether it was made on this page. */
  readonly local: boolean
}

/** A `Y.Map`; see `createYMap`. `None` is `undefined` where there may be no map. */
export interface YMapValue<Shape extends object = Record<string, unknown>, None extends undefined = never>
  extends YValue<Y.Map<unknown> | None> {
  /** What is at a key, `undefined` where there is nothing. Tracked key by key. */
  readonly get: <Key extends keyof Shape & string>(key: Key) => ValueOf<Shape[Key]> | undefined
  /** Whether there is anything at a key. Tracked as `get` is. */
  readonly has: (key: string) => boolean
  /**
   * The keys, the same array until one comes or goes, for `<For>`. In no order that two pages agree on: sort what you show.
   * Tracked.
   */
  readonly keys: () => readonly (keyof Shape & string)[]
  /** How many keys there are. Tracked as `keys` is. */
  readonly size: number
}

/** A `Y.Array`; see `createYArray`. `None` is `undefined` where there may be no list. */
export interface YArrayValue<T = unknown, None extends undefined = never> extends YValue<Y.Array<unknown> | None> {
  /**
   * The elements, in order, in a frozen array: the same one until an element comes or goes, for `<For>`. An index that is
   * not there gives `undefined`. Tracked as one.
   */
  readonly items: readonly ValueOf<T>[]
}

/**
 * How what a map or a list holds is read: types of Yjs as their Solid values, JSON as it is and read-only. What is read
 * already stays so: both `Y.Map<string>` and `YMapValue<Todo>` may stand for a map.
 */
export type ValueOf<T> = 0 extends 1 & T
  ? unknown
  : T extends Y.Text
    ? YTextValue
    : T extends Y.Map<infer Value>
      ? YMapValue<Record<string, Value>>
      : T extends Y.Array<infer Element>
        ? YArrayValue<Element>
        : T extends Whole
          ? T
          : T extends object
            ? { readonly [Key in keyof T]: ValueOf<T[Key]> }
            : T

/** What is passed on as it is. */
type Whole = YTextValue | YValue<Y.Map<unknown>> | YValue<Y.Array<unknown>> | Y.Doc | Y.XmlFragment | Uint8Array | Date
