import { SignJWT } from 'jose'
import { isDemoRoom } from './demo-room.ts'
import { findDemoUser } from './demo-users.ts'

/**
 * Answers `/demo/token?room=<room>&user=ben` with a token for that person in that room; `null` for any other path. The
 * name of the room is the key: it is known to whoever may be anyone there, and signs for no other room.
 */
export async function demoToken(request: Request): Promise<Response | null> {
  const { pathname, searchParams } = new URL(request.url)
  if (pathname !== '/demo/token') return null
  const room = searchParams.get('room')
  const user = findDemoUser(searchParams.get('user'))
  if (!isDemoRoom(room) || !user) return new Response('No such room, or nobody of that name in it', { status: 404 })
  const token = await new SignJWT({ name: user.name, email: user.email })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user.id)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(room))
  return new Response(token, { headers: { 'cache-control': 'no-store' } })
}
