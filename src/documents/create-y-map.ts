import type { Accessor } from 'solid-js'
import type * as Y from 'yjs'
import { type MapSource, MapValue, solidValue } from './solid-value.ts'
import type { YMapValue } from './y-value.ts'

/** A `Y.Map` as far as it is read. */
type MapOf<Value> = Pick<Y.Map<Value>, keyof MapSource>
/** The shape that was named, or what the type of the map says. */
type ShapeOf<Shape extends object, Value> = [Shape] extends [never] ? Record<string, Value> : Shape

/**
 * Reads a `Y.Map` as Solid reads: a key has a signal of its own, made when it is first read, so a change of one key runs who
 * reads that key. Types of Yjs in it are read as their Solid values, always the same ones; JSON is given as Yjs holds it: take
 * it for frozen. Write through the map itself, `todo.type.set('done', true)`. `map` may be an accessor; while it gives
 * `undefined` the map is empty.
 *
 * It has the words of `Y.Map` and is no proxy of an object, because its keys are whatever anybody in the room has written:
 * none of them can stand in the way of `type` or `keys`, or be taken for a method. And nothing looks as if it could be
 * assigned to.
 *
 * It needs no owner and costs nothing until it is read. Where nobody reads under tracking the document is not observed. A
 * map that is in no document, or was deleted, reads as empty. On the server it is read as it is.
 *
 * @example
 * const todo = createYMap<{ title: string; tags: YArrayValue<string> }>(map)
 * <h2>{todo.get('title')}</h2>
 * <For each={todo.get('tags')?.items}>{(tag) => <b>{tag}</b>}</For>
 */
export function createYMap<Shape extends object = never, Value = unknown>(
  map: MapOf<Value>,
): YMapValue<ShapeOf<Shape, Value>>
export function createYMap<Shape extends object = never, Value = unknown>(
  map: MapOf<Value> | undefined | Accessor<MapOf<Value> | undefined>,
): YMapValue<ShapeOf<Shape, Value>, undefined>
export function createYMap(map: MapSource | undefined | Accessor<MapSource | undefined>): unknown {
  if (typeof map === 'function') return new MapValue(map)
  return map ? solidValue(map) : new MapValue(() => undefined)
}
