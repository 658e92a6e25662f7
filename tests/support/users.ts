import { SignJWT } from 'jose'

/** Signs the tokens of the tests; the test worker has it too. */
export const authSecret = 'the secret of the tests, long enough for HS256'

/** The user who is an admin in every test room. */
export const admin = 'root'

/** A token that will be accepted for so many seconds and no longer; the edge tolerates five. */
export function shortTokenFor(userId: string, seconds: number): Promise<string> {
  return tokenFor(userId, { exp: Math.floor(Date.now() / 1000) + seconds - 5 })
}

/** A token for a user of the tests, good for an hour unless the claims say otherwise. */
export function tokenFor(userId: string, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ name: userId, email: `${userId}@example.com`, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime((claims.exp as number | undefined) ?? '1h')
    .sign(new TextEncoder().encode(authSecret))
}
