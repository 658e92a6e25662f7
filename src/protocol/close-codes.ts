/**
 * The close codes that a room gives a reason with (SPEC E4, E6, U7, W9). After a refusal the client stays away, or comes
 * back with another token; after any other it simply comes back.
 */
export const closeCodes = {
  /** The token is missing, bad (`unauthorized`) or too old (`token-expired`). */
  unauthorized: 4401,
  /** The identity may not enter this room. */
  forbidden: 4403,
  /** What the room knows of the connection is not certain any more: come back and ask anew. */
  stateRefresh: 1012,
} as const

/** The close codes for who is past the limits of a room (SPEC L2, L6). */
export const trafficCodes = {
  /** The client has sent too much for too long. */
  floods: 1008,
  /** The client does not take what it is sent. */
  slow: 1013,
} as const

/** The close code of a room that could not start (SPEC H8): come back later. */
export const failureCode = 1013
