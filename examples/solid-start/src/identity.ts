import { env } from 'cloudflare:workers'
import { DeepSpaceError, jwtAuth } from 'deepspace-solid/worker'
import { SignJWT } from 'jose'

/** Who sends a request: pages, server functions and sockets ask the same, and the cookie says it. */
export const identify = jwtAuth({ secret: env.AUTH_SECRET, cookie: 'session' })

/** Whom a session is for. */
export interface Member {
  readonly id: string
  readonly name: string
}

/** Who sends a request, if it is a member. */
export async function memberOf(request: Request): Promise<Member | null> {
  try {
    const identity = await identify(request)
    return identity && { id: identity.userId, name: identity.name }
  } catch (error) {
    // A session that has ended is none.
    if (error instanceof DeepSpaceError) return null
    throw error
  }
}

/** In seconds. */
const sessionLasts = 7 * 24 * 60 * 60

/** A `set-cookie` that signs somebody in. The token ends a little later than the cookie, so that no browser brings one that has ended. */
export async function sessionCookie({ id, name }: Member): Promise<string> {
  const token = await new SignJWT({ name })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setIssuedAt()
    .setExpirationTime(`${sessionLasts + 60} s`)
    .sign(new TextEncoder().encode(env.AUTH_SECRET))
  return cookie(token, sessionLasts)
}

/** A `set-cookie` that signs out. */
export const endedCookie = cookie('', 0)

/** No script reads it, and no other site's form brings it. Browsers take `Secure` from localhost too. */
function cookie(value: string, seconds: number): string {
  return `session=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax; Secure`
}
