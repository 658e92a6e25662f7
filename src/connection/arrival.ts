import { type Accessor, createSignal, sharedConfig } from 'solid-js'
import { isServer } from 'solid-js/web'

/** A page that was rendered on the server, on its way. */
export interface Arrival {
  /** Whether parts of it may still come, or be hydrated. Tracked. */
  readonly isComing: Accessor<boolean>
  /** Resolves when it is there whole and is hydrated. */
  readonly whole: Promise<void>
}

let arrival: Arrival | undefined

/** The page that the running component is hydrated in; `undefined` where it is made anew. A page arrives once. */
export function pageArrival(): Arrival | undefined {
  if (isServer || !sharedConfig.context) return undefined
  arrival ??= watchArrival()
  return arrival
}

function watchArrival(): Arrival {
  const [isComing, setComing] = createSignal(true)
  const whole = new Promise<void>((resolve) => {
    const look = (): void => {
      // Solid counts the components whose code is not there yet; it tells nobody when they are.
      if ((sharedConfig as { readonly count?: number }).count) return void setTimeout(look, 20)
      setComing(false)
      resolve()
    }
    // The parts that came with the last of the page are hydrated in the microtasks before a timer.
    const arrived = (): void => void setTimeout(look)
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', arrived, { once: true })
    else arrived()
  })
  return { isComing, whole }
}
