/** The state of the game that is measured. */
export interface Course {
  readonly runners: Record<string, Runner>
}

export interface Runner {
  readonly name: string
  readonly team: string
  readonly health: number
  readonly score: number
  x: number
  y: number
  speed: number
  /** How many inputs were used. */
  used: number
}

/** How a game stands: its steps, those that there was no time for, and how many inputs were used of each user. */
export interface GameNow {
  readonly tick: number
  readonly skipped: number
  readonly used: Readonly<Record<string, number>>
}

/** How an object has its steps done: as a game of ours, or as one does that knows no better. */
export type Pace = 'game' | 'interval' | 'timeout' | 'alarm'

/** How many steps a second are due. */
export const tickRate = 20
