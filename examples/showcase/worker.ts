import { type Identity, jwtAuth, RecordRoom, routeRooms } from 'deepspace-solid/worker'
import { type DemoUser, demoUsers } from './demo-users.ts'
import { devSecret, devToken } from './dev-tokens.ts'
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
    for (const { owner, data } of seed.toReversed()) {
      this.put(tasks.name, crypto.randomUUID(), data, identityOf(owner))
      // The clock stands still until something is waited for, and the newest is to be on top.
      await scheduler.wait(1)
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
