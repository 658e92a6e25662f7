import { DeepSpaceError } from '../../src/protocol/errors.ts'

/** What is sent to whom nothing is to be told: no insertions and no deletions. */
export const nothing = new Uint8Array([0, 0])

/** Why what somebody has of a document is not taken. */
export function formerDocument(): DeepSpaceError {
  return new DeepSpaceError('not-found', 'Record not found: what was written here was for a record that is gone')
}
