import { type Accessor, createComputed, createMemo, getOwner, onCleanup } from 'solid-js'

/**
 * Like `onCleanup`, but after a computation that runs again inside a transition it waits until the page has moved on:
 * until then the page shows what the former run made.
 */
export function onMovedOn(cleanup: () => void): void {
  // Solid cleans up after a computation itself at once, after what it owns only at the end of the transition.
  createComputed(() => onCleanup(cleanup))
}

/** Whether the running computation, which has called {@link onMovedOn}, runs inside a transition: the page does not show it yet. */
export function isMovingOn(): boolean {
  // What a computation owns there Solid keeps apart.
  return (getOwner() as { tOwned?: unknown }).tOwned !== undefined
}

/**
 * Like `createMemo`, for what depends on other things on the page that is coming than on the one that is shown. Solid keeps
 * the two apart only where the values differ; inside they always do.
 */
export function createForkedMemo<T>(compute: (before: T | undefined) => T): Accessor<T> {
  const forked = createMemo<{ readonly value: T } | undefined>((before) => ({ value: compute(before?.value) }))
  return createMemo(() => forked()!.value)
}
