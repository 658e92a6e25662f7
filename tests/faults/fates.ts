import type { Dice } from './dice.ts'

/** Which way bytes go: up to the room, or down to the client. */
export type Direction = 'up' | 'down'

/** What becomes of one connection on its way, decided when it opens. Times in milliseconds. */
export type Fate =
  /** It lives. */
  | { readonly kind: 'none' }
  /** It is never answered. */
  | { readonly kind: 'refused' }
  /** It ends at some time. */
  | { readonly kind: 'dropped'; readonly after: number }
  /** It ends when so many bytes have gone one way: nearly always within a frame. */
  | { readonly kind: 'split'; readonly way: Direction; readonly bytes: number }
  /** It ends with the first ACK after some time: the write has happened, and its sender does not know. */
  | { readonly kind: 'unacknowledged'; readonly after: number }
  /** It ends so many bytes behind the beginning of a result. */
  | { readonly kind: 'interrupted'; readonly after: number; readonly bytes: number }
  /** It ends behind a frame in which this stands, and so many more frames. */
  | { readonly kind: 'torn'; readonly after: number; readonly behind: RegExp; readonly more: number }
  /** Bytes stay where they are for a while; then they go on, or it ends. */
  | {
      readonly kind: 'stalled'
      readonly ways: readonly Direction[]
      readonly after: number
      readonly lasts: number
      readonly ends: boolean
    }
  /** From some time on bytes vanish, and nobody is told. */
  | { readonly kind: 'lost'; readonly ways: readonly Direction[]; readonly after: number }

/** A frame of changes of which the room says that it is not the last of its commit. */
const partOfCommit = /core\.record_change","payload":\{"version":\d+,"partial":true/
/** One of several changes, or of a long one. */
const longChanges = /core\.record_change","payload":\{"version":\d+,.{10000}/
/** One of any changes. */
const anyChanges = /core\.record_change/

/** A fate for a connection on which one commit is told. */
export function drawTorn(dice: Dice): Fate {
  return { kind: 'torn', after: 0, behind: anyChanges, more: dice.pick([0, 0, 0, 1, 2, 3]) }
}

export type FateKind = Fate['kind']

/** How often each comes. */
const weights: Readonly<Record<FateKind, number>> = {
  none: 5,
  refused: 3,
  dropped: 10,
  split: 26,
  unacknowledged: 20,
  interrupted: 12,
  torn: 26,
  stalled: 14,
  lost: 3,
}

const ways: readonly (readonly Direction[])[] = [['up'], ['down'], ['up', 'down']]

/** Draws a fate. `heavy`: results are of a megabyte and more. */
export function drawFate(dice: Dice, heavy: boolean): Fate {
  const kind = dice.weighted(weights)
  const after = dice.wait(500)
  switch (kind) {
    case 'none':
    case 'refused':
      return { kind }
    case 'dropped':
      return { kind, after }
    case 'split': {
      const way = dice.pick<Direction>(['up', 'down'])
      return { kind, way, bytes: Math.ceil(dice.wait(way === 'up' ? 1_200 : heavy ? 300_000 : 5_000)) }
    }
    case 'unacknowledged':
      return { kind, after: dice.wait(300) }
    case 'interrupted':
      return { kind, after: dice.chance(0.5) ? 0 : after, bytes: Math.ceil(dice.wait(heavy ? 500_000 : 500)) }
    case 'torn':
      return {
        kind,
        after: dice.chance(0.5) ? 0 : after,
        behind: dice.chance(0.7) ? partOfCommit : longChanges,
        more: dice.pick([0, 0, 1, 2]),
      }
    case 'stalled':
      return { kind, ways: dice.pick(ways), after, lasts: dice.wait(400), ends: dice.chance(0.5) }
    case 'lost':
      return { kind, ways: dice.pick(ways), after }
  }
}
