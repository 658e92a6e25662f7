import type { Game } from 'deepspace-solid'
import { createEffect, createSignal, on, onCleanup } from 'solid-js'
import type { Arena, Go } from '../arena.ts'
import { type CountedSocket, countSockets, speakingSocket } from './traffic.ts'

/** What the game costs at present, each a second. */
export interface GameFigures {
  readonly ticks: number
  /** Bytes of payload. */
  readonly bytesIn: number
  readonly bytesOut: number
}

const nothing: GameFigures = { ticks: 0, bytesIn: 0, bytesOut: 0 }
/** In milliseconds. */
const every = 1_000
/** How many samples back ticks are counted from. */
const longest = 5

countSockets()

/** What is measured, once every second. */
interface Sample {
  readonly at: number
  readonly socket: CountedSocket | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  /** The tick that was told last, and when. */
  readonly tick: number
  readonly toldAt: number
}

/**
 * Measures what the game costs. Of a tick that changes nothing a page is not told: what counts is how far the last one is from one that was
 * told some seconds before.
 */
export function createGameMeter(game: Game<Arena, Go>): () => GameFigures {
  const [figures, setFigures] = createSignal(nothing)
  let socket: CountedSocket | undefined
  let told = { tick: 0, toldAt: performance.now() }
  createEffect(
    on(
      () => game.tick,
      (tick) => {
        // A tick has come, and this runs because of it.
        socket = speakingSocket()
        told = { tick, toldAt: performance.now() }
      },
      { defer: true },
    ),
  )

  let samples: Sample[] = []
  const measure = () => {
    const { bytesIn = 0, bytesOut = 0 } = socket ?? {}
    const now: Sample = { at: performance.now(), socket, bytesIn, bytesOut, ...told }
    // Another connection, or another round, is measured anew.
    samples = samples.filter((each) => each.socket === socket && each.tick <= now.tick).slice(-longest)
    const [first, last] = [samples[0], samples.at(-1)]
    samples.push(now)
    if (!socket || !first || !last) return setFigures(nothing)
    const span = now.at - last.at
    return setFigures({
      ticks: now.tick > last.tick ? perSecond(now.tick - first.tick, now.toldAt - first.toldAt) : 0,
      bytesIn: perSecond(now.bytesIn - last.bytesIn, span),
      bytesOut: perSecond(now.bytesOut - last.bytesOut, span),
    })
  }
  const timer = setInterval(measure, every)
  onCleanup(() => clearInterval(timer))
  return figures
}

function perSecond(many: number, milliseconds: number): number {
  return (many / milliseconds) * 1_000
}
