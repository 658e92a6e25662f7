import { createComputed, createEffect } from 'solid-js'

/**
 * A row that moves in the document, or leaves it, takes the focus away from the keyboard. This gives it back: to the
 * same control when its row has moved, to the row that took its place when it is gone.
 *
 * @param list the element whose children are the rows
 * @param track reads what moves them
 */
export function keepFocus(list: HTMLElement, track: () => unknown): void {
  let focused: HTMLElement | undefined
  let index = -1
  // Computations run before the document changes, effects after.
  createComputed(() => {
    track()
    const active = document.activeElement
    focused = active instanceof HTMLElement && list.contains(active) ? active : undefined
    index = [...list.children].findIndex((row) => row.contains(active))
  })
  createEffect(() => {
    track()
    if (!focused || document.activeElement === focused) return
    if (focused.isConnected) return focused.focus()
    const heir = list.children[Math.min(index, list.children.length - 1)]
    heir?.querySelector<HTMLElement>('input, button')?.focus()
  })
}
