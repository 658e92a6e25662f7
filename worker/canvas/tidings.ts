import type { CanvasChanges, Viewport } from '../../src/protocol/canvas/messages.ts'
import type { CanvasSession } from './canvas-session.ts'
import { News } from './news.ts'

/** A connection that is gone. */
export interface Departed {
  readonly connectionId: string
  readonly userId: string
  readonly hadView: boolean
  /** Whether nobody else is here in the name of its user. */
  readonly wasLast: boolean
}

/** Everything that is to be told to whoever it concerns: of shapes, of viewports, of who has left. */
export class Tidings {
  readonly news: News<CanvasSession>
  /** Whose viewport is another. */
  readonly views = new Set<CanvasSession>()
  departed: readonly Departed[] = []

  constructor(news: News<CanvasSession> = new News()) {
    this.news = news
  }

  get isEmpty(): boolean {
    return this.news.isEmpty && this.views.size === 0 && this.departed.length === 0
  }

  /** These, and what has come later. */
  with(later: Tidings): Tidings {
    const both = new Tidings()
    for (const each of [this, later]) {
      both.news.merge(each.news)
      for (const session of each.views) both.views.add(session)
      both.departed = [...both.departed, ...each.departed]
    }
    return both
  }

  /** What version 1 is told of viewports. */
  viewsFor(receiver: CanvasSession): Pick<CanvasChanges, 'viewports' | 'left'> {
    const viewports = [...this.views]
      .filter((session) => session !== receiver)
      .flatMap((session) => viewportOf(session))
    const left = this.departed.filter(({ hadView }) => hadView).map(({ connectionId }) => connectionId)
    return { ...(viewports.length > 0 && { viewports }), ...(left.length > 0 && { left }) }
  }
}

/** Where a connection looks, as version 1 is told; nothing where it has not said. */
export function viewportOf({ identity, kept: { view, connectionId } }: CanvasSession): Viewport[] {
  if (!view) return []
  const { x, y, width, height, zoom } = view
  return [{ x, y, width, height, zoom, userId: identity.userId, connectionId }]
}
