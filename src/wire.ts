export type { BaselineCanvasFrame, BaselineShape, BaselineViewport } from './protocol/canvas/baseline.ts'
export type {
  CanvasChanges,
  CanvasClientFrame,
  CanvasOperation,
  CanvasPlace,
  CanvasServerFrame,
  RefusedOperation,
  Steps,
  Viewport,
} from './protocol/canvas/messages.ts'
export type { Shape, ShapeChange, ShapeFields, View } from './protocol/canvas/shape.ts'
export { closeCodes, trafficCodes } from './protocol/close-codes.ts'
export { type ErrorPayload, errorFrom } from './protocol/error-payload.ts'
export { DeepSpaceError, type ErrorCode, type ErrorPlace } from './protocol/errors.ts'
export { encodeFrame, type Frame, type Mark, type MarkFrame, maxFrameBytes, protocolVersion } from './protocol/frame.ts'
export { applyDelta, type Delta, deltaOf, type GameState } from './protocol/game/delta.ts'
export type {
  BaselineGameFrame,
  GameAction,
  GameClientFrame,
  GameEnding,
  GamePlayer,
  GameServerFrame,
  WholeGame,
} from './protocol/game/messages.ts'
export type { Json } from './protocol/json.ts'
export type {
  PeerChange,
  PeerPayload,
  PresenceChanges,
  PresenceClientFrame,
  PresenceEntry,
  PresenceEvent,
  PresenceServerFrame,
  PresenceState,
  Resumption,
} from './protocol/presence/messages.ts'
export type { Cursor } from './protocol/records/cursor.ts'
export type {
  BaselineFrame,
  BaselineSchema,
  BaselineUser,
  ClientFrame,
  CollectionSummary,
  PageRequest,
  QueryResult,
  RecordChange,
  RecordChanges,
  ServerFrame,
  Subscribe,
  User,
  UserList,
} from './protocol/records/messages.ts'
export type { OrderKey } from './protocol/records/order.ts'
export type { Query } from './protocol/records/query.ts'
export type { RecordData, RecordEnvelope } from './protocol/records/record.ts'
export type { Where } from './protocol/records/where.ts'
