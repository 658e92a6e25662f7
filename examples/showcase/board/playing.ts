import { createGameRoom, type Game } from 'deepspace-solid'
import { onCleanup } from 'solid-js'
import { type Arena, type Disc, type Go, inputs, type Place, play } from '../arena.ts'
import { gameOf } from '../part-of.ts'
import { followOffline } from './follow-offline.ts'
import { createGameMeter, type GameFigures } from './game-meter.ts'
import type { NoteProps } from './note.tsx'

/** What keeps somebody from playing, if anything does. */
export type Bar =
  | 'offline'
  | 'connecting'
  /** Their role on the board lets them watch. */
  | 'role'
  | 'full'
  /** There is a seat that they have not taken. */
  | 'seatless'
  /** They play in another page. */
  | 'elsewhere'

/** The game of a room as somebody plays it, or watches. */
export interface Playing {
  readonly game: Game<Arena, Go>
  readonly bar: Bar | undefined
  /** Our own disc as it will be, once the room has heard what we have done. */
  readonly own: Readonly<Disc> | undefined
  /** Sends our disc somewhere, or has it rest. */
  readonly go: (to: Place | null) => void
  /** The same where it may come often: of what comes close together the last is what counts. */
  readonly aim: (to: Place) => void
  readonly figures: GameFigures
}

/** A pointer that moves says where to not quite as often as the room takes a word of ours: none has to wait. In milliseconds. */
const aimEvery = 60

export function createPlaying(props: NoteProps): Playing {
  // Who does not look does not play, and gives up the seat. Offline it is named all the while: it would connect anew otherwise.
  const game = createGameRoom<Arena, Go>(() => (props.isShown || props.isOffline) && gameOf(props.roomId))
  // On purpose: the seat is given up, but the disc and its points are there on return.
  followOffline(() => props.isOffline, game)
  const ahead = game.predict({ step: play, inputs })
  const figures = createGameMeter(game)

  const bar = (): Bar | undefined => {
    if (game.status === 'disconnected') return 'offline'
    if (game.status !== 'connected' || !game.state) return 'connecting'
    if (game.canWrite) return undefined
    if (game.self) return 'elsewhere'
    if (!game.mayPlay) return 'role'
    return game.players.length < game.state.seats ? 'seatless' : 'full'
  }

  let next: Place | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const go = (to: Place | null) => {
    next = undefined
    game.send({ action: 'go', data: to })
  }
  const aim = (to: Place) => {
    if (timer !== undefined) {
      next = to
      return
    }
    go(to)
    timer = setTimeout(() => {
      timer = undefined
      if (next) aim(next)
    }, aimEvery)
  }
  onCleanup(() => clearTimeout(timer))

  return {
    game,
    get bar() {
      return bar()
    },
    get own() {
      return game.canWrite ? ahead()?.discs[game.self!.userId] : undefined
    },
    go,
    aim,
    get figures() {
      return figures()
    },
  }
}
