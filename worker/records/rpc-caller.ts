import { type Caller, system } from '../../src/protocol/records/permissions.ts'
import { checkIdentity, type Identity } from '../edge/identity.ts'

/**
 * For whom a call of the room's methods acts: somebody, with the rights that they have in this room, or `'system'`, the
 * room itself, which no permission binds. A caller that is missing is refused, so that a forgotten session is no master key.
 */
export type RpcCaller = Identity | 'system'

/** The caller as permission rules see them. Throws a `DeepSpaceError` with the code `unauthorized` where it is none. */
export function callerFor(as: RpcCaller, roleOf: (identity: Identity) => string): Caller {
  if (as === 'system') return system
  const { userId } = checkIdentity(as)
  return { userId, role: roleOf(as) }
}
