/** What is played in the tests: who goes where, what came in which order, and a secret of each. */
export interface Field {
  /** Where each player is, by user. */
  at: Record<string, { x: number; y: number; name: string; health: number; team: string; score: number }>
  /** What the hooks have been called for. */
  log: string[]
  /** Only the player sees it who has it. */
  secrets: Record<string, string>
  /** How many inputs of each player were used, and the last. */
  used: Record<string, number>
  /** Grows with each tick, where the name of the room says that it does. */
  clock: number
  anything?: unknown
}

/** What a room says of its game when its worker asks. */
export interface GameNow {
  readonly state: Field
  readonly tick: number
  readonly running: boolean
  readonly skipped: number
  readonly players: readonly { readonly userId: string; readonly connected: boolean; readonly ready: boolean }[]
}

/** How many rows of its game, and others, a room has written since it has started, what is in its tables, and when it is woken. */
export interface StoredGame {
  readonly written: number
  readonly others: number
  readonly games: number
  readonly planned: number
  readonly alarm: number | null
}
