import showcase, {
  Doorkeeper as ShowcaseDoorkeeper,
  BoardRoom as ShowcaseRoom,
} from '../../examples/showcase/worker.ts'
import type { RecordSession } from '../../worker/records/record-session.ts'
import { beforeEvent, type Report, watch } from '../support/worker/spy.ts'

export { NoteRoom } from '../../examples/showcase/worker.ts'

type Env = ConstructorParameters<typeof ShowcaseRoom>[1]

const report: Report = { frames: 0, violations: [] }

/** The showcase's own room, watched. */
export class BoardRoom extends ShowcaseRoom {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    watch(ctx, this.collections, this.admins, report)
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

/** The tests open more rooms from one address than visitors may. */
export class Doorkeeper extends ShowcaseDoorkeeper {
  override readonly perHour = 10_000
}

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname === '/spy') return Response.json(report)
    return showcase.fetch(request, env)
  },
} satisfies ExportedHandler<Env>
