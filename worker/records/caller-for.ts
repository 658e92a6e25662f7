import { type Caller, system } from '../../src/protocol/records/permissions.ts'
import { checkIdentity, type Identity } from '../edge/identity.ts'
import type { RpcCaller } from '../edge/rpc-caller.ts'

/** The caller as permission rules see them. Throws a `DeepSpaceError` with the code `unauthorized` where it is none. */
export function callerFor(as: RpcCaller, roleOf: (identity: Identity) => string): Caller {
  if (as === 'system') return system
  const { userId } = checkIdentity(as)
  return { userId, role: roleOf(as) }
}
