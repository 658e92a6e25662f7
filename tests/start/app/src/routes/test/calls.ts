import { env } from 'cloudflare:workers'
import type { APIEvent } from '@solidjs/start/server'
import type { AppRoom } from '../../worker'

/** How often pages have asked a room. */
export async function GET({ request }: APIEvent) {
  const rooms = env.RECORDS as DurableObjectNamespace<AppRoom>
  const room = rooms.get(rooms.idFromName(new URL(request.url).searchParams.get('room')!))
  return Response.json(await room.calls())
}
