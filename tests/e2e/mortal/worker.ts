import showcase, {
  ArenaRoom as ShowcaseArena,
  Doorkeeper as ShowcaseDoorkeeper,
  NoteRoom as ShowcaseNote,
  PointerRoom as ShowcasePointers,
  BoardRoom as ShowcaseRoom,
  SketchRoom as ShowcaseSketch,
} from '../../../examples/showcase/worker.ts'

interface Env {
  readonly RECORDS: DurableObjectNamespace<BoardRoom>
  readonly NOTES: DurableObjectNamespace<NoteRoom>
  readonly CANVAS: DurableObjectNamespace<SketchRoom>
  readonly PRESENCE: DurableObjectNamespace<PointerRoom>
  readonly GAMES: DurableObjectNamespace<ArenaRoom>
  readonly DOORKEEPER: DurableObjectNamespace<Doorkeeper>
}

export class BoardRoom extends ShowcaseRoom {
  override readonly places = 3
  override roomBytes = Number.POSITIVE_INFINITY

  /** Few, so that it is there long before its time is over, on a busy machine too. */
  protected override tasks() {
    return super.tasks().slice(0, 500)
  }

  /** From now on it keeps more than it may. */
  fill(): void {
    this.roomBytes = 0
  }

  /** As it was before there was a game. */
  forgetGame(): void {
    this.remove('games', this.ctx.id.name!, 'system')
  }

  /** How many records and users it keeps. (Who asks a room that is asleep wakes it, and waking it makes its tables anew.) */
  kept(): number {
    const { sql } = this.ctx.storage
    const tables = sql.exec<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE name IN ('records_tasks', '_users')",
    )
    return [...tables]
      .map(({ name }) => sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${name}`).one().n)
      .reduce((sum, n) => sum + n, 0)
  }
}

export class NoteRoom extends ShowcaseNote {
  /** How many pieces of its document it keeps. */
  kept(): number {
    return rowsOf(this.ctx.storage.sql, '_document_*')
  }
}

export class SketchRoom extends ShowcaseSketch {
  /** How many shapes and steps it keeps. */
  kept(): number {
    return rowsOf(this.ctx.storage.sql, '_canvas_s*')
  }
}

export class PointerRoom extends ShowcasePointers {
  /** How many are here. */
  kept(): number {
    return this.peers().length
  }
}

export class ArenaRoom extends ShowcaseArena {
  /** How many games it keeps. */
  kept(): number {
    return rowsOf(this.ctx.storage.sql, '_game*')
  }
}

/** How many rows the tables have whose names are like this. */
function rowsOf(sql: SqlStorage, pattern: string): number {
  const tables = sql.exec<{ name: string }>('SELECT name FROM sqlite_master WHERE name GLOB ?', pattern)
  return [...tables]
    .map(({ name }) => sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${name}`).one().n)
    .reduce((sum, n) => sum + n, 0)
}

export class Doorkeeper extends ShowcaseDoorkeeper {
  override readonly perHour = 4
  override readonly lifetime = 4_000
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url)
    const room = searchParams.get('room') ?? ''
    const stub = env.RECORDS.get(env.RECORDS.idFromName(room))
    const sketch = env.CANVAS.get(env.CANVAS.idFromName(`sketches:${room}`))
    const pointers = env.PRESENCE.get(env.PRESENCE.idFromName(`sketches:${room}`))
    const game = env.GAMES.get(env.GAMES.idFromName(`games:${room}`))
    const note = env.NOTES.get(env.NOTES.idFromName(`notes:${room}`))
    if (pathname === '/fill') return Response.json((await stub.fill()) ?? null)
    if (pathname === '/kept') return Response.json(await stub.kept())
    if (pathname === '/kept/note') return Response.json(await note.kept())
    if (pathname === '/kept/sketch') return Response.json(await sketch.kept())
    if (pathname === '/kept/pointers') return Response.json(await pointers.kept())
    if (pathname === '/kept/game') return Response.json(await game.kept())
    if (pathname === '/forget-game') return Response.json((await stub.forgetGame()) ?? null)
    return showcase.fetch(request, env)
  },
} satisfies ExportedHandler<Env>
