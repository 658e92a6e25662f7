import type { View } from '../../src/protocol/canvas/shape.ts'
import type { Session } from '../room/session.ts'

/** A connection to a room with a canvas. */
export type CanvasSession = Session<Seat>

/** What a room with a canvas keeps of a connection. */
export interface Seat {
  readonly connectionId: string
  /** Whether it has asked for the canvas: nothing is told before. */
  isOpen: boolean
  /** Where it looks, as it outlives a sleep. */
  view: View | undefined
}
