import type { ByteReader } from './byte-reader.ts'

/** Every step, in the place of its number on the wire. */
const steps = ['vector', 'state', 'update'] as const

/**
 * What the payload of a sync frame is: `vector` says what its sender has (step 1), `state` is what that lacks (step 2),
 * `update` is an edit.
 */
export type SyncStep = (typeof steps)[number]

/** Reads the number of a step. */
export function readSyncStep(reader: ByteReader): SyncStep {
  const number = reader.varUint('step')
  const step = steps[number]
  if (!step) throw reader.mistake('step', `expected 0, 1 or 2, received ${number}`)
  return step
}

/** The number of a step on the wire. */
export function syncStepNumber(step: SyncStep): number {
  return steps.indexOf(step)
}
