import { isPlainObject } from '../../src/protocol/json.ts'

/** Who speaks, as the room has verified it. */
export interface AwarenessUser {
  /** Whose connections these are; anonymous visitors have one each. */
  readonly id: string
  readonly name: string
}

/** Who speaks on a connection. */
export function awarenessUserOf({ userId, name }: { readonly userId: string; readonly name: string }): AwarenessUser {
  return { id: userId, name }
}

/** A client's state as the room passes it on: all of it is the client's, but for the id and the name of its user. */
export function verifiedState(state: string, { id, name }: AwarenessUser): string {
  const said: Record<string, unknown> = JSON.parse(state)
  return JSON.stringify({ ...said, user: { ...(isPlainObject(said.user) && said.user), id, name } })
}
