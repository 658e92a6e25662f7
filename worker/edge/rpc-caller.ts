import type { Identity } from './identity.ts'

/**
 * For whom a call of a room's methods acts: somebody, with the rights that they have in this room, or `'system'`, the
 * room itself, which no permission binds. A caller that is missing is refused, so that a forgotten session is no master key.
 */
export type RpcCaller = Identity | 'system'
