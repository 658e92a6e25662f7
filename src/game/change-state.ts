import type { Delta } from '../protocol/game/delta.ts'
import type { Json } from '../protocol/json.ts'

/** An object, or a list. */
export type Container = Record<string, Json> & { length: number }

/** Has a state, in a store that may be written to, be as a delta says. Throws where it is of another state. */
export function changeState(target: Container, { length, remove = [], set = {}, in: inside = {} }: Delta): void {
  if (length !== undefined) target.length = length
  for (const key of remove) delete target[key]
  Object.assign(target, set)
  for (const key in inside) changeState(target[key] as Container, inside[key]!)
}
