import { createEffect, onCleanup } from 'solid-js'

/** Has the browser ask before the page is left with something that is not saved: the page keeps nothing. */
export function createLeaveGuard(shared: { readonly saved: boolean }): void {
  createEffect(() => {
    if (shared.saved) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    onCleanup(() => removeEventListener('beforeunload', ask))
  })
}
