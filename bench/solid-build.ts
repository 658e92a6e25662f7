import { createEffect, createRoot, createSignal, DEV } from 'solid-js'
import { DEV as STORE_DEV } from 'solid-js/store'
import { isServer } from 'solid-js/web'

/** Throws unless every entry of solid-js is the production client build: other figures would mean nothing. */
export function requireProductionClient(): void {
  if (isServer) throw new Error('solid-js resolved to its server build: start through bench/run.ts')
  if (DEV || STORE_DEV) throw new Error('solid-js resolved to its development build: drop the condition "development"')
  let runs = 0
  createRoot((dispose) => {
    const [track, trigger] = createSignal(undefined, { equals: false })
    createEffect(() => {
      track()
      runs++
    })
    queueMicrotask(dispose)
    return trigger
  })()
  if (runs !== 2) throw new Error(`Effects do not run in this build of solid-js: expected 2 runs, saw ${runs}`)
}
