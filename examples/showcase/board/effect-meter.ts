import { type Accessor, createEffect, createSignal, onCleanup } from 'solid-js'
import type { Task } from '../schema.ts'

/** What one change made the board do. */
export interface Change {
  /** Effects that ran again. */
  readonly effects: number
  /** Rows that they belong to. */
  readonly rows: number
  /** Rows that were drawn: those near the view are. */
  readonly drawn: number
  /** Rows that went. */
  readonly gone: number
}

/** The fields that a row shows. */
const fields = ['title', 'done', 'priority', 'visibility'] as const

/**
 * Counts effects that really run. Every row gets one for each field that it shows, which reads that field and nothing
 * else, as the row's own bindings do. Nothing here looks at the messages that come in: if the library ran too much, it
 * would show.
 */
export function createEffectMeter() {
  const [last, setLast] = createSignal<Change>()
  const [rows, setRows] = createSignal(0)
  const [total, setTotal] = createSignal(0)
  let count: { effects: number; drawn: number; gone: number; changed: boolean; readonly touched: Set<Task> } | undefined

  /** The count of the present change: everything that runs before the browser does something else. */
  const counting = () => {
    if (count) return count
    count = { effects: 0, drawn: 0, gone: 0, changed: false, touched: new Set() }
    queueMicrotask(() => {
      const { effects, drawn, gone, changed, touched } = count!
      count = undefined
      // Rows that are drawn because one scrolls to them are no change.
      if (changed || effects > 0) setLast({ effects, rows: touched.size, drawn, gone })
      setRows((before) => before + drawn - gone)
      setTotal((before) => before + effects)
    })
    return count
  }

  return {
    /** What the last change did. */
    get last() {
      return last()
    },
    /** The rows on the board. */
    get rows() {
      return rows()
    },
    /** The effects on the board. */
    get effects() {
      return rows() * fields.length
    },
    /** How many effects have run again since the beginning. */
    get total() {
      return total()
    },
    /** Tells that the list is another, or in another order. */
    noteChange() {
      counting().changed = true
    },
    /** Watches a row for as long as its component lives. Gives how often its effects have run again. */
    watch(task: Task): Accessor<number> {
      const [reruns, setReruns] = createSignal(0)
      counting().drawn++
      onCleanup(() => counting().gone++)
      for (const field of fields) {
        createEffect((again: boolean) => {
          void task.data[field]
          if (again) {
            counting().effects++
            counting().touched.add(task)
            setReruns((before) => before + 1)
          }
          return true
        }, false)
      }
      return reruns
    },
  }
}

export type EffectMeter = ReturnType<typeof createEffectMeter>
