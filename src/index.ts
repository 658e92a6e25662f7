export {
  type AnyProps,
  type Canvas,
  type CanvasChange,
  type CanvasShape,
  createCanvas,
  type NewShape,
} from './canvas/create-canvas.ts'
export type { ConnectionStatus } from './connection/connection.ts'
export type { Token } from './connection/provider.ts'
export type { RoomId } from './connection/room-id.ts'
export { createYArray } from './documents/create-y-array.ts'
export { createYMap } from './documents/create-y-map.ts'
export { createYText } from './documents/create-y-text.ts'
export type { YjsText } from './documents/document-view.ts'
export type {
  TextAttributes,
  TextChange,
  TextDelta,
  ValueOf,
  YArrayValue,
  YMapValue,
  YTextValue,
  YValue,
} from './documents/y-value.ts'
export { createGameRoom, type Game } from './game/create-game-room.ts'
export type { PredictOptions } from './game/prediction.ts'
export type { Movable } from './live/combined.ts'
export { createPresenceRoom, type PresenceRoom, type PresenceRoomOptions } from './presence/create-presence-room.ts'
export { interpolate } from './presence/interpolate.ts'
export type { Peer, PresentUser } from './presence/peers.ts'
export type { Viewport } from './protocol/canvas/messages.ts'
export type { View } from './protocol/canvas/shape.ts'
export { DeepSpaceError, type ErrorCode } from './protocol/errors.ts'
export type { GameState } from './protocol/game/delta.ts'
export type { AnyAction, GameAction, GameEnding, GamePlayer } from './protocol/game/messages.ts'
export type { GameInput, InputChoice, Step } from './protocol/game/step.ts'
export type { Cursor } from './protocol/records/cursor.ts'
export type { User } from './protocol/records/messages.ts'
export type { RecordEnvelope } from './protocol/records/record.ts'
export type { CollectionLike, NewData, Patch, RecordIn } from './protocol/records/typed-record.ts'
export { type ConnectionState, createConnection } from './records/create-connection.ts'
export { type CountResult, createCount } from './records/create-count.ts'
export { createMutations, type Mutations } from './records/create-mutations.ts'
export { createPresence, type Presence, type PresenceOptions } from './records/create-presence.ts'
export {
  type Condition,
  createQuery,
  type QueryOptions,
  type QueryResult,
  type WhereIn,
} from './records/create-query.ts'
export { createRecord, type RecordResult } from './records/create-record.ts'
export type { MaybeOptions } from './records/create-subscription.ts'
export {
  createUser,
  createUserLookup,
  createUsers,
  type OwnUser,
  type UserLookup,
  type Users,
} from './records/create-user.ts'
export { createYjsText, type TextId } from './records/create-yjs-text.ts'
export { preloadQuery } from './records/preload-query.ts'
export { RecordProvider, type RecordProviderProps, type WriteError } from './records/record-provider.ts'
export type { QueryStatus } from './records/replica/live-query.ts'
export { RecordScope, type RecordScopeProps, type SharedScope } from './records/scope.ts'
export { createYjsDoc, type YjsDoc, type YjsDocOptions } from './yjs/create-yjs-doc.ts'
