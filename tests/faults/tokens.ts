import { SignJWT } from 'jose'
import { authSecret } from '../support/users.ts'
import { trueSeconds } from './skewed-date.ts'

/** Who may sign in, and for how long at a time. */
export interface Tokens {
  /** The lifetime in seconds: short ones expire while somebody is connected, long ones outlive every clock that is set wrong. */
  readonly last: number
  readonly isShort: boolean
  /** Tokens that are there already; short ones are made when they are asked for. */
  readonly of: (user: string | undefined) => string | Promise<string> | undefined
}

/** How much longer than it says a token is accepted, in seconds. */
const tolerance = 5

/** Signs tokens for these users. */
export async function makeTokens(users: readonly string[], isShort: boolean): Promise<Tokens> {
  const last = isShort ? 3 : 60 * 24 * 60 * 60
  const ready = new Map(await Promise.all(users.map(async (user) => [user, await sign(user, last)] as const)))
  return {
    last,
    isShort,
    of: (user) => (user === undefined ? undefined : isShort ? sign(user, last - tolerance) : ready.get(user)!),
  }
}

function sign(userId: string, seconds: number): Promise<string> {
  return new SignJWT({ name: userId, email: `${userId}@example.com` })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime(trueSeconds() + seconds)
    .sign(new TextEncoder().encode(authSecret))
}
