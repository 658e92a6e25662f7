// A clock that can be set, in the place of the real one: whoever reads the time from now on reads this.

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

/** Seconds since 1970, whatever the clock says. */
export function trueSeconds(): number {
  return Math.floor(TrueDate.now() / 1000)
}
