import { defaultLimits, type Limits } from '../room/limits.ts'

/** The limits of a record room. A record may be 4 KiB less than a frame, so that the frames that tell of it keep within it. */
export interface RecordLimits extends Limits {
  /** How many queries a connection may have open; default 200. */
  readonly subscriptions: number
  /** How many records a query may make the room read; default 250,000. */
  readonly scannedRecords: number
  /** How much of them it may make the room read, in characters; default 64 Mi. */
  readonly scannedLength: number
  /** How many steps, of about a nanosecond, its conditions may take on the records that SQL has found; default 256 Mi. */
  readonly comparedSteps: number
  /** How long a result may be, in characters of JSON; default 16 Mi. */
  readonly resultLength: number
  /** How many texts of fields a connection may have joined; default 200. */
  readonly texts: number
  /** How many bytes such a text may have; default 4 MiB. */
  readonly textBytes: number
  /** How many structs it may have, each some 200 bytes of memory; default 100,000. */
  readonly textStructs: number
}

export const defaultRecordLimits: RecordLimits = {
  ...defaultLimits,
  subscriptions: 200,
  scannedRecords: 250_000,
  scannedLength: 64 * 1024 * 1024,
  comparedSteps: 256 * 1024 * 1024,
  resultLength: 16 * 1024 * 1024,
  texts: 200,
  textBytes: 4 * 1024 * 1024,
  textStructs: 100_000,
}
