import { RecordRoom, routeRooms } from 'deepspace-solid/worker'
import app from './entry-server'
import { identify } from './identity'
import { tasks } from './schema'

export class AppRoom extends RecordRoom<Env> {
  collections = [tasks]
}

export default {
  /** Sockets go to their room before the app sees them: a response that SolidStart has touched is no socket any more. */
  async fetch(request: Request, env: Env): Promise<Response> {
    const rooms = { records: env.RECORDS }
    const response = await routeRooms(request, env, { rooms, authenticate: identify, anonymous: true })
    return response ?? app.fetch(request)
  },
}
