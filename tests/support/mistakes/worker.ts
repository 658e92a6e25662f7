import { DurableObject } from 'cloudflare:workers'
import { jwtAuth, RecordRoom, routeRooms } from 'deepspace-solid/worker'
import { authSecret } from '../users.ts'

interface Env {
  readonly RECORDS: DurableObjectNamespace<GoodRoom>
  readonly WITHOUT_SQL: DurableObjectNamespace<RoomWithoutSql>
  readonly NO_ROOM: DurableObjectNamespace<NoRoom>
  readonly WITHOUT_COLLECTIONS: DurableObjectNamespace<RoomWithoutCollections>
  readonly [variable: string]: unknown
}

export class GoodRoom extends RecordRoom<Env> {
  override collections = []
}

/** Not in `new_sqlite_classes`. */
export class RoomWithoutSql extends GoodRoom {}

export class NoRoom extends DurableObject {}

/** As JavaScript lets one write it. */
export class RoomWithoutCollections extends RecordRoom<Env> {
  declare collections: []
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url)
    const namespaces = env as Record<string, unknown>
    const binding = url.searchParams.get('binding') ?? 'RECORDS'
    const rooms = { records: namespaces[binding] as DurableObjectNamespace<GoodRoom> }
    // As in the README: made anew for each request.
    const secret = url.searchParams.has('keyless') ? (namespaces.AUTH_SECRET as string | undefined) : authSecret
    const response = await routeRooms(request, env, { rooms, authenticate: jwtAuth({ secret }), anonymous: true })
    return response ?? new Response('The app itself')
  },
} satisfies ExportedHandler<Env>
