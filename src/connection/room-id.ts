import type { Accessor } from 'solid-js'
import { received } from '../protocol/errors.ts'

/** The id of a room, or of something in it, or nothing to switch it off. */
export type RoomId = string | null | undefined | false

/** The id as it is asked for, tracked; `undefined` where it is switched off. Throws what {@link checkedName} throws. */
export function namedBy(who: string, source: RoomId | Accessor<RoomId>): string | undefined {
  const id = typeof source === 'function' ? source() : source
  return (id ?? false) === false ? undefined : checkedName(who, id)
}

/** What names a room. Throws a `TypeError` that begins with `who` for what does not. */
export function checkedName(who: string, name: unknown): string {
  if (typeof name !== 'string' || !name) throw new TypeError(`${who}: expected a name, received ${received(name)}`)
  return name
}
