import type { ConnectionStatus } from '../connection/connection.ts'
import type { DeepSpaceError } from '../protocol/errors.ts'
import { useScope } from './scope.ts'

/** The connection of a scope. Its properties are tracked getters. */
export interface ConnectionState {
  /**
   * `connecting`; `connected`: the room has greeted us; `disconnected`: waiting to try again; `refused`: the room does
   * not accept the token, even a fresh one; nothing is tried until `reconnect`, or until what `getToken` reads changes.
   */
  readonly status: ConnectionStatus
  /** Why the room refused us (`unauthorized`, `token-expired`, `forbidden`), or why the last attempt failed. */
  readonly error: DeepSpaceError | undefined
  /** Drops the socket, if there is one, and connects at once. */
  readonly reconnect: () => void
  /** Drops the socket and stays offline until `reconnect`. */
  readonly disconnect: () => void
}

/** The connection of the nearest scope. Throws when there is no `RecordScope` above. */
export function createConnection(): ConnectionState {
  const { client } = useScope('createConnection')
  return {
    get status() {
      return client()?.connection.status() ?? 'connecting'
    },
    get error() {
      return client()?.connection.error()
    },
    reconnect: () => client()?.connection.reconnect(),
    disconnect: () => client()?.connection.disconnect(),
  }
}
