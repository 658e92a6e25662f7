import { RecordRoom, routeRooms } from 'deepspace-solid/worker'
import app from './entry-server'
import { identify } from './identity'
import { tasks } from './schema'
import { notes } from './test-schema'

/** A room whose answers to pages a test can spoil, by its name. */
export class AppRoom extends RecordRoom<Env> {
  collections = [tasks, notes]
  override readonly admins = ['root']

  #calls = 0

  /** How often a page has asked it. */
  calls(): number {
    return this.#calls
  }

  // @ts-expect-error: it is asked by RPC, where a promise does as well
  override async snapshot(...args: Parameters<RecordRoom['snapshot']>): Promise<ReturnType<RecordRoom['snapshot']>> {
    this.#calls++
    const { name } = this.ctx.id
    if (name?.startsWith('hanging')) return new Promise(() => {})
    if (name?.startsWith('throwing')) throw new Error('a room of the tests that throws')
    if (name?.startsWith('slow')) await new Promise((resolve) => setTimeout(resolve, 500))
    return super.snapshot(...args)
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const rooms = { records: env.RECORDS }
    const response = await routeRooms(request, env, { rooms, authenticate: identify, anonymous: true })
    return response ?? app.fetch(request)
  },
}
