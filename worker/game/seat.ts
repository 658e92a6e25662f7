import { bytesOver } from '../../src/protocol/frame.ts'
import type { GamePlayer } from '../../src/protocol/game/messages.ts'
import type { GameInput, InputChoice } from '../../src/protocol/game/step.ts'
import type { Json } from '../../src/protocol/json.ts'
import type { GameSession } from './game-session.ts'
import { settled } from './settled.ts'

/** Somebody who plays, as the room's own code knows them. */
export interface Player extends GamePlayer {
  readonly connected: boolean
  /** What the room says of the player to all; `onPlayerJoin` may set it. */
  data: Json
}

/** An input that waits for its tick. */
export interface WaitingInput {
  readonly input: GameInput
  /** In which order they came, of all players. */
  readonly serial: number
  /** The client's number; none of a client of part A. */
  readonly seq: number | undefined
}

/** What outlives the object of a seat. */
export interface KeptSeat {
  readonly userId: string
  readonly userName: string
  /** Nobody could say that they are back: it is not held. */
  readonly isVisitor: boolean
  readonly connectedAt: string
  ready: boolean
  data: Json
  /** The last input that was used, and the last that has come. */
  seq: number
  received: number
  /** Until when it is held for a player without a connection, in milliseconds since 1970. */
  until: number | undefined
}

/** The place of a user in the game, whatever connections they have. */
export interface Seat extends KeptSeat {
  /** The newest of the user's connections. */
  driver: GameSession | undefined
  waiting: WaitingInput[]
}

/** The player in a seat, whom nobody can change. */
export function playerOf({ userId, userName, ready, connectedAt, data, driver }: Seat): Player {
  return Object.freeze({ userId, userName, ready, connectedAt, data, connected: driver !== undefined })
}

/**
 * What is said of a player, as nobody can change it. Throws a `TypeError` with the path of what is no JSON, or how long it is where that
 * is too long.
 */
export function dataOf({ data }: Pick<Player, 'data'>): Json {
  const { data: settledData } = settled({ data }, undefined, 'player') as { readonly data: Json }
  const bytes = bytesOver(longestData, JSON.stringify(settledData))
  if (bytes === undefined) return settledData
  throw new TypeError(`player.data: has ${bytes} bytes as JSON, at most ${longestData} are kept`)
}

/** How long what is said of a player may be as JSON, in bytes of UTF-8: it is told to all, with each whole state. */
const longestData = 4096

/** The same for clients of part A. */
export function baselinePlayerOf({ userId, userName, ready, connectedAt, data }: Seat): GamePlayer {
  return { userId, userName, ready, connectedAt, data }
}

/** Takes what the next tick is to use, in the order in which it came. */
export function takeInputs(seats: Iterable<Seat>, choice: InputChoice): GameInput[] {
  const taken: WaitingInput[] = []
  for (const seat of seats) {
    if (seat.waiting.length === 0) continue
    const used = seat.waiting.splice(0, choice === 'one' ? 1 : seat.waiting.length)
    // The last may be of a client of part A.
    seat.seq = used.findLast(({ seq }) => seq !== undefined)?.seq ?? seat.seq
    taken.push(...(choice === 'last' ? used.slice(-1) : used))
  }
  return taken.toSorted((a, b) => a.serial - b.serial).map(({ input }) => input)
}
