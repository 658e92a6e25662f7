import type { GameInput, Step } from 'deepspace-solid/schema'

// A round of the game: discs go where their players send them, over dots, which count. Room and page do the same steps.

/** How large the field is, in units of its own; a page shows it as large as there is room. */
export const fieldSize = { width: 640, height: 400 } as const
/** How large a disc is; it takes what its middle is so near to. */
export const discRadius = 18
/** One word of each player a step: where a key is let go of at once, its disc has moved all the same. */
export const inputs = 'one'
/** It takes two. */
export const fewest = 2

const worth = { dot: 1, star: 3 } as const
const dotsAtOnce = 6
/** In units a second. */
const speed = 180
/** Nothing to be taken is nearer to the edge. */
const margin = 28

export interface Place {
  x: number
  y: number
}

export interface Disc extends Place {
  /** Where it goes; nowhere, where it rests. */
  to: Place | null
  points: number
  /** Its player has no connection, or has left. It waits for them until the round is over. */
  isAway: boolean
}

/** Something to be taken by one player, and what says where their next one is. */
export interface Star extends Place {
  seed: number
}

export interface Outcome {
  /** Who has most points; several, where they have the same. Nobody, where nobody has any. */
  winners: string[]
  points: number
}

/** What holds in every round. */
export interface Rules {
  /** How many may play. */
  seats: number
  /** Who has so many points first has won. */
  goal: number
  /** A round takes no longer: whoever has most by then has won. */
  seconds: number
}

/** The state of the game. By name is in it what comes and goes: so a change is told as what it is. */
export interface Arena extends Rules {
  /** By user, as the stars are. */
  discs: Record<string, Disc>
  /** By a number that none has twice in a round. */
  dots: Record<string, Place>
  /** Each player has one, and sees no other. */
  stars: Record<string, Star>
  /** What says where the next dot is: everything random comes from the state, so that pages do as the room does. */
  seed: number
  dotsSoFar: number
  /** 0 where no round is on. */
  secondsLeft: number
  /** How the last round has ended; none before the first, and while one is on. */
  outcome: Outcome | null
}

/** What a player does: sends their disc somewhere, or has it rest. */
export interface Go {
  readonly action: 'go'
  readonly data: Place | null
}

export function newArena({ seats, goal, seconds }: Rules): Arena {
  const nothing = { discs: {}, dots: {}, stars: {}, seed: 1, dotsSoFar: 0, secondsLeft: 0, outcome: null }
  return { seats, goal, seconds, ...nothing }
}

/** A player is here, or here again: theirs is the disc that they had. */
export function sit(arena: Arena, userId: string): void {
  const disc = arena.discs[userId]
  if (disc) disc.isAway = false
  else arena.discs[userId] = { ...cornerOf(arena), to: null, points: 0, isAway: false }
}

/** A player is not here. */
export function stepAway(arena: Arena, userId: string): void {
  const disc = arena.discs[userId]
  if (disc) Object.assign(disc, { to: null, isAway: true })
}

/** A player has no seat any more. What they have in a round is theirs until it is over. */
export function leave(arena: Arena, userId: string): void {
  if (arena.secondsLeft > 0) return stepAway(arena, userId)
  delete arena.discs[userId]
  delete arena.stars[userId]
}

/** A round begins, for those who are here. `seedOf` gives a number from which nobody knows the next. */
export function begin(arena: Arena, seedOf: () => number): void {
  const here = Object.keys(arena.discs).filter((userId) => !arena.discs[userId]!.isAway)
  Object.assign(arena, { ...newArena(arena), seed: seedOf(), secondsLeft: arena.seconds })
  for (const userId of here) {
    sit(arena, userId)
    giveStar(arena, userId, seedOf())
  }
  for (let dot = 0; dot < dotsAtOnce; dot++) addDot(arena)
}

/** A player who has a disc and no star gets one: they have come while a round is on. */
export function giveStar(arena: Arena, userId: string, seed: number): void {
  const star = { x: 0, y: 0, seed }
  Object.assign(star, placeFrom(star))
  arena.stars[userId] = star
}

/** The round is over. */
export function conclude(arena: Arena): void {
  const points = Math.max(0, ...Object.values(arena.discs).map((disc) => disc.points))
  const winners = Object.keys(arena.discs).filter((userId) => points > 0 && arena.discs[userId]!.points === points)
  arena.outcome = { winners, points }
  arena.secondsLeft = 0
  for (const disc of Object.values(arena.discs)) disc.to = null
}

/** One step, the same in the room and in each page. A page knows of no star but its own. */
export function play(arena: Arena, given: readonly GameInput<Go>[], { tick, dt }: Step): void {
  if (arena.secondsLeft === 0) return
  for (const { userId, data } of given) {
    const disc = arena.discs[userId]
    if (disc) disc.to = data
  }
  for (const [userId, disc] of Object.entries(arena.discs)) {
    if (disc.to) move(disc, disc.to, speed * dt)
    if (!disc.isAway) take(arena, userId, disc)
  }
  arena.secondsLeft = Math.max(0, Math.ceil(arena.seconds - tick * dt))
  if (arena.secondsLeft === 0 || Object.values(arena.discs).some(({ points }) => points >= arena.goal)) conclude(arena)
}

/** Moves a disc towards a place, so far and within the field. It rests where it comes no nearer. */
function move(disc: Disc, to: Place, far: number): void {
  const { x, y } = disc
  const [right, down] = [to.x - x, to.y - y]
  const distance = Math.hypot(right, down)
  const part = distance > far ? far / distance : 1
  disc.x = within(discRadius, tenths(x + right * part), fieldSize.width - discRadius)
  disc.y = within(discRadius, tenths(y + down * part), fieldSize.height - discRadius)
  if (part === 1 || (disc.x === x && disc.y === y)) disc.to = null
}

/** A disc takes what is beneath it. */
function take(arena: Arena, userId: string, disc: Disc): void {
  for (const [id, dot] of Object.entries(arena.dots)) {
    if (!isBeneath(disc, dot)) continue
    disc.points += worth.dot
    delete arena.dots[id]
    addDot(arena)
  }
  const star = arena.stars[userId]
  if (!star || !isBeneath(disc, star)) return
  disc.points += worth.star
  Object.assign(star, placeFrom(star))
}

function isBeneath(disc: Place, { x, y }: Place): boolean {
  return Math.hypot(disc.x - x, disc.y - y) < discRadius
}

function addDot(arena: Arena): void {
  arena.dots[++arena.dotsSoFar] = placeFrom(arena)
}

/** Each corner for one of them. */
function cornerOf({ discs }: Arena): Place {
  const corners = [0, 1, 2, 3].map((nth) => ({
    x: nth % 2 === 0 ? 48 : fieldSize.width - 48,
    y: nth === 0 || nth === 3 ? 48 : fieldSize.height - 48,
  }))
  const isFree = ({ x, y }: Place) => !Object.values(discs).some((disc) => disc.x === x && disc.y === y)
  return corners.find(isFree) ?? corners[0]!
}

function placeFrom(source: { seed: number }): Place {
  const { width, height } = fieldSize
  return {
    x: margin + (drawFrom(source) % (width - 2 * margin)),
    y: margin + (drawFrom(source) % (height - 2 * margin)),
  }
}

/** A whole number that follows from the seed and looks as if it did not; the seed is another one then. */
function drawFrom(source: { seed: number }): number {
  source.seed = (source.seed + 0x9e3779b9) >>> 0
  let mixed = Math.imul(source.seed ^ (source.seed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** As JSON it is short. */
function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

function within(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}
