import { type Identity, jwtAuth, RecordRoom, routeRooms, type WriteOperation } from 'deepspace-solid/worker'
import { showcaseRoom } from './demo-room.ts'
import { type DemoUser, demoUsers } from './demo-users.ts'
import { devSecret, devToken } from './dev-tokens.ts'
import { olderTasks } from './older-tasks.ts'
import { tasks } from './schema.ts'
import { seed } from './seed.ts'

interface Env {
  readonly RECORDS: DurableObjectNamespace<BoardRoom>
  /** Set it with `wrangler secret put AUTH_SECRET`; development does without. */
  readonly AUTH_SECRET?: string
}

export class BoardRoom extends RecordRoom<Env> {
  override readonly collections = [tasks]
  override readonly admins = ['ada']

  protected override async firstStart(): Promise<void> {
    const list = [...seed, ...olderTasks()]
    const operations: WriteOperation[] = []
    // From the bottom up, so that what is above is newer; the ids keep the order where the time is the same.
    for (const [place, { owner, data }] of [...list.entries()].reverse()) {
      const recordId = `task-${String(place + 1).padStart(4, '0')}`
      operations.push({ type: 'put', collection: tasks.name, recordId, data })
      if (list[place - 1]?.owner !== owner) this.batch(operations.splice(0), identityOf(owner))
      // At the edge the clock stands still until something is waited for; each wait costs a trip to the disk.
      if (place % 2_500 === seed.length) await scheduler.wait(1)
    }
  }
}

export default {
  async fetch(request, env) {
    if (import.meta.env.DEV) {
      const token = await devToken(request, secretOf(env)!)
      if (token) return token
    }
    const room = await routeRooms(request, env, {
      rooms: { records: env.RECORDS },
      authenticate,
      anonymous: true,
      // Anyone may name a room in the address, and each begins with thousands of tasks: deployed there is one.
      authorize: (_identity, { id }) => import.meta.env.DEV || id === showcaseRoom,
    })
    return room ?? new Response('Not found', { status: 404 })
  },
} satisfies ExportedHandler<Env>

function identityOf(id: DemoUser['id']): Identity {
  const { name, email } = demoUsers.find((user) => user.id === id)!
  return { userId: id, name, email, anonymous: false }
}

let verify: ReturnType<typeof jwtAuth> | undefined

/** Made at the first request: without a secret it throws, and the edge answers 503 and says why in the log. */
function authenticate(request: Request, env: Env): Promise<Identity | null> {
  verify ??= jwtAuth({ secret: secretOf(env) })
  return verify(request)
}

function secretOf(env: Env): string | undefined {
  return env.AUTH_SECRET ?? (import.meta.env.DEV ? devSecret : undefined)
}
