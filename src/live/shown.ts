import { type Accessor, createSignal } from 'solid-js'

/** A value that components read by tracking, and that whoever keeps it knows at once, also inside a transition. */
export interface Shown<T> extends Accessor<T> {
  /** The value as it is, not tracked. */
  now: T
  set(next: T): void
}

/** Makes a value that is shown. */
export function createShown<T>(now: T): Shown<T> {
  const [read, write] = createSignal(now)
  return Object.assign(() => read(), {
    now,
    set(this: Shown<T>, next: T): void {
      this.now = next
      write(() => next)
    },
  })
}
