import { batch, createSignal, sharedConfig } from 'solid-js'

/** A signal without a value: reading it subscribes, writing it re-runs whoever did. */
export type Atom = readonly [track: () => void, trigger: () => void]

/** Makes a signal that only tells that something has changed. */
export function createAtom(): Atom {
  const [track, trigger] = createSignal(undefined, { equals: false })
  return [track, () => (sharedConfig.context ? afterHydration(trigger) : trigger())]
}

let waiting: (() => void)[] = []

/**
 * While a part of the page is hydrated, what comes with it changes no other part: Solid takes whatever runs then for something
 * that the server has rendered.
 */
function afterHydration(trigger: () => void): void {
  if (waiting.push(trigger) > 1) return
  queueMicrotask(() => {
    const triggers = waiting
    waiting = []
    batch(() => {
      for (const each of triggers) each()
    })
  })
}
