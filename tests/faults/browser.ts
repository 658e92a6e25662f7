import { setMaxListeners } from 'node:events'

// As much of a browser as the clients look at: that the page goes, and that the network is back.
const page = new EventTarget()
const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
// Many pages are one here.
setMaxListeners(0, page, document)
Object.assign(globalThis, {
  window: page,
  document,
  // What an app does wrong is the drill's own mistake.
  reportError: (error: unknown) => void Promise.reject(error),
})

/** Tells all clients that the network is back, or that the page goes. */
export function tellPages(type: 'online' | 'pagehide'): void {
  page.dispatchEvent(new Event(type))
}
