import { SignJWT } from 'jose'

/** Signs the tokens of the tests; the test worker has it too. */
export const authSecret = 'the secret of the tests, long enough for HS256'

/** The user who is an admin in every test room. */
export const admin = 'root'

/** A token for a user of the tests, good for an hour unless the claims say otherwise. */
export function tokenFor(userId: string, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ name: userId, email: `${userId}@example.com`, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime((claims.exp as number | undefined) ?? '1h')
    .sign(new TextEncoder().encode(authSecret))
}
