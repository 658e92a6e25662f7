import showcase, {
  ArenaRoom as ShowcaseArena,
  Doorkeeper as ShowcaseDoorkeeper,
  BoardRoom as ShowcaseRoom,
} from '../../examples/showcase/worker.ts'
import type { RecordSession } from '../../worker/records/record-session.ts'
import { beforeEvent, type Report, watch } from '../support/worker/spy.ts'

export { NoteRoom, PointerRoom, SketchRoom } from '../../examples/showcase/worker.ts'

type Env = ConstructorParameters<typeof ShowcaseRoom>[1]

const report: Report = { frames: 0, violations: [] }

/** The rooms that were opened with fewer tasks: to begin with all takes a second, and most tests look at few. */
const small = new Set<string>()

/** The showcase's own room, watched. */
export class BoardRoom extends ShowcaseRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    watch(ctx, this.collections, this.admins, report)
  }

  protected override tasks() {
    const all = super.tasks()
    // As many digits, and many more than are drawn.
    return small.has(this.ctx.id.name!) ? all.slice(0, 1_500) : all
  }

  protected override joined(session: RecordSession): void {
    beforeEvent(this.ctx)
    super.joined(session)
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    beforeEvent(this.ctx, socket, message)
    super.webSocketMessage(socket, message)
  }
}

/** The rooms whose game has few seats. */
const tight = new Set<string>()

/** The showcase's own game, won in seconds, or over long after the test. */
export class ArenaRoom extends ShowcaseArena {
  override readonly goal = 9
  override readonly seconds = 600
  override readonly maxPlayers = tight.has(this.ctx.id.name!) ? 2 : 4
}

/** The tests open more rooms from one address than visitors may. */
export class Doorkeeper extends ShowcaseDoorkeeper {
  override readonly perHour = 10_000
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/spy') return Response.json(report)
    if (pathname === '/spy/small') {
      const room = await env.DOORKEEPER.get(env.DOORKEEPER.idFromName('the')).open('a test')
      small.add(room!)
      return new Response(room)
    }
    if (pathname === '/spy/tight') {
      tight.add(`games:${searchParams.get('room')}`)
      return new Response()
    }
    return showcase.fetch(request, env)
  },
} satisfies ExportedHandler<Env>
