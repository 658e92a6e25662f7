export type { ConnectionStatus } from './connection.ts'
export { type ConnectionState, createConnection } from './create-connection.ts'
export { type CountResult, createCount } from './create-count.ts'
export { createMutations, type Mutations, type NewData, type Patch } from './create-mutations.ts'
export {
  type Condition,
  createQuery,
  type QueryOptions,
  type QueryResult,
  type RecordIn,
  type WhereIn,
} from './create-query.ts'
export { createRecord, type RecordResult } from './create-record.ts'
export type { MaybeOptions } from './create-subscription.ts'
export { createUser, createUsers, type OwnUser, type Users } from './create-user.ts'
export type { Cursor } from './protocol/cursor.ts'
export { DeepSpaceError, type ErrorCode } from './protocol/errors.ts'
export type { User } from './protocol/messages.ts'
export type { RecordEnvelope } from './protocol/record.ts'
export { RecordProvider, type RecordProviderProps, type Token, type WriteError } from './provider.ts'
export type { QueryStatus } from './replica/live-query.ts'
export { type CollectionLike, RecordScope, type RecordScopeProps, type SharedScope } from './scope.ts'
