// The worker's clock, in the place of the real one: it can be set, and rooms read it wherever they read the time.

const TrueDate = Date
let offset = 0

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

/** Puts the clock this much ahead, in milliseconds. */
export function skew(milliseconds: number): void {
  offset = milliseconds
}
