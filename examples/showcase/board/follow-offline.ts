import { createEffect, on } from 'solid-js'

/** Has what has a connection of its own go offline and come back with the board. */
export function followOffline(
  isOffline: () => boolean,
  shared: { readonly disconnect: () => void; readonly reconnect: () => void },
): void {
  createEffect(
    on(isOffline, (isOffline, was) => {
      if (isOffline) shared.disconnect()
      else if (was) shared.reconnect()
    }),
  )
}
