import { type Accessor, createComputed, createEffect, createMemo, createSelector, createSignal } from 'solid-js'
import type { Task } from '../schema.ts'

/** A cell that was gone to; no record stands for the first of the list. */
interface Choice {
  readonly recordId?: string | undefined
  readonly column: number
}

/** The cell that the Tab key leads to, and the choice that it comes from. */
interface TabStop extends Choice {
  readonly choice: Choice
  /** The place of its row in the list. */
  readonly place: number
}

/**
 * Makes a list of tasks one stop of the Tab key: it leads to the cell that one was at last, arrow keys lead from cell
 * to cell, as https://www.w3.org/WAI/ARIA/apg/patterns/grid/ has it. The focus stays when rows move, come and go.
 *
 * @param grid the element that holds the rows, each with a `data-id`, and in them cells
 */
export function createGridFocus(tasks: Accessor<readonly Task[]>, grid: () => HTMLElement | undefined) {
  const [choice, setChoice] = createSignal<Choice>({ column: 0 })
  const hasFocus = () => grid()?.contains(document.activeElement) === true
  const tabStop = createMemo<TabStop>(
    (before) => {
      const list = tasks()
      const asked = choice()
      const { recordId, column } = asked === before.choice ? before : asked
      const place = recordId === undefined ? 0 : findPlace(list, recordId, before.place)
      if (place >= 0) return { choice: asked, recordId, column, place }
      if (!hasFocus()) return { choice: asked, column: 0, place: 0 }
      // Who was at a task that went is at the one that took its place.
      const heir = Math.max(0, Math.min(before.place, list.length - 1))
      return { choice: asked, recordId: list[heir]?.recordId, column: 0, place: heir }
    },
    { choice: choice(), column: 0, place: 0 },
  )
  const recordId = () => tasks()[tabStop().place]?.recordId
  const isAt = createSelector(recordId)

  const focus = () => {
    const row = rowsOf(grid()!).find((each) => each.dataset.id === recordId())
    const cell = row && cellsOf(row)[tabStop().column]
    const target = cell?.querySelector<HTMLElement>('input, button, select') ?? cell ?? grid()!
    // Scrolled no further than it must be, which a focus is not.
    target.focus({ preventScroll: true })
    return row
  }

  const go = (place: number, column: number) => {
    const task = tasks()[Math.max(0, Math.min(place, tasks().length - 1))]
    if (!task) return
    setChoice({ recordId: task.recordId, column })
    focus()?.scrollIntoView({ block: 'nearest' })
  }

  return {
    /** The place in the list of the row with the tab stop. */
    place: () => tabStop().place,
    /** The column of the tab stop, if it is in the row of this task. */
    columnIn: (task: Task) => (isAt(task.recordId) ? tabStop().column : undefined),

    /** For the grid's `focusin`. */
    follow(event: FocusEvent) {
      const at = event.target instanceof Element ? event.target : null
      const row = at?.closest<HTMLElement>('[data-id]')
      if (!row) return
      const column = cellsOf(row).findIndex((cell) => cell.contains(at))
      if (row.dataset.id !== recordId() || column !== tabStop().column || tabStop().recordId === undefined) {
        setChoice({ recordId: row.dataset.id, column })
      }
    },

    /** For the grid's `keydown`. */
    navigate(event: KeyboardEvent, rowsInView: number) {
      const { target, key } = event
      // In a text the arrows move the cursor; with Alt they open a select.
      if (event.altKey || event.metaKey || event.shiftKey) return
      if (target instanceof HTMLInputElement && target.type === 'text') return
      const { place, column } = tabStop()
      const lastColumn = grid()!.querySelector('[data-id]')?.querySelectorAll(cells).length ?? 1
      const [toPlace, toColumn] =
        {
          ArrowUp: [place - 1, column],
          ArrowDown: [place + 1, column],
          ArrowLeft: [place, Math.max(0, column - 1)],
          ArrowRight: [place, Math.min(column + 1, lastColumn - 1)],
          PageUp: [place - rowsInView, column],
          PageDown: [place + rowsInView, column],
          Home: event.ctrlKey ? [0, 0] : [place, 0],
          End: event.ctrlKey ? [tasks().length - 1, lastColumn - 1] : [place, lastColumn - 1],
        }[key] ?? []
      if (toPlace === undefined || toColumn === undefined) return
      event.preventDefault()
      go(toPlace, toColumn)
    },

    /** Gives the focus back when what `track` reads takes it away: a row that moves in the document, or leaves it. */
    keep(track: () => unknown) {
      let held: HTMLElement | undefined
      // Computations run before the document changes, effects after.
      createComputed(() => {
        track()
        held = hasFocus() ? (document.activeElement as HTMLElement) : undefined
      })
      createEffect(() => {
        track()
        if (!held || document.activeElement === held) return
        if (held.isConnected) held.focus({ preventScroll: true })
        else focus()
      })
    },
  }
}

const cells = '[role=gridcell]'

function rowsOf(grid: HTMLElement): HTMLElement[] {
  return [...grid.querySelectorAll<HTMLElement>('[data-id]')]
}

function cellsOf(row: HTMLElement): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(cells)]
}

/** Where a record is in a list: most often where it was. */
function findPlace(list: readonly Task[], recordId: string, before: number): number {
  return list[before]?.recordId === recordId ? before : list.findIndex((task) => task.recordId === recordId)
}
