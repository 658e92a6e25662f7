// The clocks of the clients, in the place of the real ones before anything of theirs is loaded.

/** How many times faster than written the clients wait: their patience is made for people. */
const speed = 10

const { setTimeout: trueTimeout } = globalThis
const TrueDate = Date
let offset = 0

globalThis.setTimeout = ((run: () => void, wait = 0, ...args: []) =>
  trueTimeout(run, wait / speed, ...args)) as typeof setTimeout

class SkewedDate extends TrueDate {
  constructor(...args: [] | [number]) {
    if (args.length === 0) super(SkewedDate.now())
    else super(...args)
  }

  static override now(): number {
    return TrueDate.now() + offset
  }
}
globalThis.Date = SkewedDate as DateConstructor

/** Puts the clock of the clients this much ahead, in milliseconds. */
export function skewClients(milliseconds: number): void {
  offset = milliseconds
}

/** Seconds since 1970, whatever the clients believe. */
export function trueSeconds(): number {
  return Math.floor(TrueDate.now() / 1000)
}
