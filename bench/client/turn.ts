import { setImmediate } from 'node:timers/promises'

/** Lets happen what a competitor has put off to a later task, so that it does not fall into the time of another. */
export function turn(): Promise<void> {
  return setImmediate()
}
