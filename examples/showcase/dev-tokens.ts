import { SignJWT } from 'jose'
import { findDemoUser } from './demo-users.ts'

// Everything here is for development alone: the worker reaches it only behind `import.meta.env.DEV`, so that neither
// this secret nor the way to sign with it is in what is deployed.

export const devSecret = 'deepspace-solid showcase, development only'

/** Answers `/dev/token?user=ben` with a token for that demo user. `null` for any other path. */
export async function devToken(request: Request, secret: string): Promise<Response | null> {
  const url = new URL(request.url)
  if (url.pathname !== '/dev/token') return null
  const user = findDemoUser(url.searchParams.get('user'))
  if (!user) return new Response('No such demo user', { status: 404 })
  const token = await new SignJWT({ name: user.name, email: user.email })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user.id)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret))
  return new Response(token)
}
