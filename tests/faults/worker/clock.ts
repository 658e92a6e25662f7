// The worker's clock, in the place of the real one: it can be set, and rooms read it wherever they read the time.

const TrueDate = Date
let offset = 0
let now = (): number => TrueDate.now() + offset

class SkewedDate extends TrueDate {
  constructor(...args: [] | [number]) {
    if (args.length === 0) super(now())
    else super(...args)
  }

  static override now(): number {
    return now()
  }
}
globalThis.Date = SkewedDate as DateConstructor

/** Puts the clock this much ahead, in milliseconds. */
export function skew(milliseconds: number): void {
  offset = milliseconds
}

/**
 * Runs something by a clock that only goes on with each use, by a millisecond. The spy remembers for a tenth of a second
 * what somebody could read; but where processes are stopped a change may be on its way for longer.
 */
export function byEventClock(run: () => void): void {
  const before = now
  now = () => ++events
  try {
    run()
  } finally {
    now = before
  }
}
let events = 0
