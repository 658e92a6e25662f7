/**
 * The close codes of a refusal (SPEC E4, E6, U7): the client stays away, or comes back with another token, where after
 * any other code it simply comes back.
 */
export const closeCodes = {
  /** The token is missing, bad (`unauthorized`) or too old (`token-expired`). */
  unauthorized: 4401,
  /** The identity may not enter this room. */
  forbidden: 4403,
} as const

/** The close codes for who is past the limits of a room (SPEC L2, L6). */
export const trafficCodes = {
  /** The client has sent too much for too long. */
  floods: 1008,
  /** The client does not take what it is sent. */
  slow: 1013,
} as const
