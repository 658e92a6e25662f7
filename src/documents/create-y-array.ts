import type { Accessor } from 'solid-js'
import type * as Y from 'yjs'
import { type ArraySource, ArrayValue, solidValue } from './solid-value.ts'
import type { YArrayValue } from './y-value.ts'

/** A `Y.Array` as far as it is read. */
type ArrayOf<Element> = Pick<Y.Array<Element>, keyof ArraySource>
/** The elements that were named, or what the type of the list says. */
type ElementOf<T, Element> = [T] extends [never] ? Element : T

/**
 * Reads a `Y.Array` as Solid reads: `items` is an array behind one signal, for `<For>`. Elements that stay keep their
 * identity: types of Yjs are read as their Solid values, always the same ones, JSON is the object that Yjs holds (take it for
 * frozen). Write through the list itself, `todos.type.push([todo])`. `array` may be an accessor; while it gives `undefined`
 * the list is empty.
 *
 * Yjs cannot move an element: what is deleted and inserted again is another, unless it is text, a number or the like.
 *
 * It needs no owner and costs nothing until it is read. Where nobody reads under tracking the document is not observed. A
 * list that is in no document, or was deleted, reads as empty. On the server it is read as it is.
 *
 * @example
 * const todos = createYArray<YMapValue<Todo>>(doc.getArray('todos'))
 * <For each={todos.items}>{(todo) => <li onClick={() => todo.type.set('done', true)}>{todo.get('title')}</li>}</For>
 */
export function createYArray<T = never, Element = unknown>(array: ArrayOf<Element>): YArrayValue<ElementOf<T, Element>>
export function createYArray<T = never, Element = unknown>(
  array: ArrayOf<Element> | undefined | Accessor<ArrayOf<Element> | undefined>,
): YArrayValue<ElementOf<T, Element>, undefined>
export function createYArray(
  array: ArraySource | undefined | Accessor<ArraySource | undefined>,
): YArrayValue<unknown, undefined> {
  if (typeof array === 'function') return new ArrayValue(array)
  return array ? (solidValue(array) as ArrayValue) : new ArrayValue(() => undefined)
}
