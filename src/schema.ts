export { DeepSpaceError, type ErrorCode } from './protocol/errors.ts'
export type { AnyAction, GameAction } from './protocol/game/messages.ts'
export type { GameInput, Step } from './protocol/game/step.ts'
export type { Json } from './protocol/json.ts'
export { type Cursor, cursorOf } from './protocol/records/cursor.ts'
export type { FieldKind } from './protocol/records/field-kind.ts'
export type { EnvelopeField, RecordData, RecordEnvelope } from './protocol/records/record.ts'
export {
  type Collection,
  type CollectionOptions,
  collection,
  type Fields,
  type Level,
  type RolePermissions,
  type Teams,
  type TimestampRule,
} from './protocol/records/schema.ts'
export type { DataOf, NewDataOf, PatchOf, RecordOf } from './protocol/records/typed-record.ts'
