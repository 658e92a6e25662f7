import {
  createVirtualizer,
  createWindowVirtualizer,
  defaultRangeExtractor,
  type Range,
  type Virtualizer,
} from '@tanstack/solid-virtual'
import { type Accessor, createEffect, createMemo, createSignal, mergeProps, on, onCleanup, onMount } from 'solid-js'
import type { Task } from '../schema.ts'

/** What moves when the list is scrolled: the page, or the list in its pane. */
export type Scrolls = 'page' | 'pane'

/** Room for rows that are not drawn. */
export interface Gap {
  /** In pixels. */
  readonly height: Accessor<number>
}

export interface VirtualRowsOptions {
  readonly scrolls: Scrolls
  /** The element that scrolls where the page does not. */
  readonly scroller: HTMLElement
  /** The element that holds the rows. */
  readonly list: () => HTMLElement
  readonly tasks: Accessor<readonly Task[]>
  /** The place of the row that stays drawn wherever the list is scrolled to: the one that the keyboard is at. */
  readonly kept: Accessor<number>
}

/** What a row is taken to be high until it is measured, in pixels. */
const rowHeight = { page: 100, pane: 42 }

/** How many rows are drawn beyond the view, on either side. */
const ahead = 8

/**
 * The rows near the view, of a list of any length. They and the gaps between them stand in the document one below the
 * other, as all rows would. What is in view stays there when rows come or go above it.
 */
export function createVirtualRows(options: VirtualRowsOptions) {
  const { scrolls, scroller, tasks, kept } = options
  const [top, setTop] = createSignal(0)
  // The virtualizer hears of a list from here alone, for only what a computation reads is sure to run before it.
  const listed = createMemo(
    on(tasks, (list, former: readonly Task[] = []) => {
      const offset = scrolls === 'pane' ? scroller.scrollTop : scrollY
      const { startIndex, endIndex } = (former.length > 0 && virtualizer.range) || { startIndex: 0, endIndex: -1 }
      // At the very top what comes is to be seen.
      const known = offset > top() ? former.slice(startIndex, endIndex + 1) : []
      const inView = known.map(({ recordId }, index) => ({ recordId, start: startOf(startIndex + index) }))
      return { list, inView }
    }),
  )
  const asked = {
    get count() {
      return listed().list.length
    },
    // A new function for each list: only then is one of the same length looked at anew.
    get getItemKey() {
      const { list } = listed()
      return (index: number) => list[index]?.recordId ?? index
    },
    get rangeExtractor() {
      const place = kept()
      return (range: Range) => including(defaultRangeExtractor(range), place, range.count)
    },
    estimateSize: () => rowHeight[scrolls],
    overscan: ahead,
    // Rows are there before anything can be measured.
    initialRect: { width: innerWidth, height: innerHeight },
  }
  const virtualizer: Pick<
    Virtualizer<HTMLElement, HTMLElement>,
    'getVirtualItems' | 'getTotalSize' | 'measureElement' | 'measurementsCache' | 'range'
  > = scrolls === 'pane'
    ? createVirtualizer<HTMLElement, HTMLElement>(mergeProps(asked, { getScrollElement: () => scroller }))
    : createWindowVirtualizer<HTMLElement>(
        mergeProps(asked, {
          get scrollMargin() {
            return top()
          },
        }),
      )
  const startOf = (place: number) => virtualizer.measurementsCache[place]?.start ?? 0

  // What is in view stays where it is when rows come or go above: as far as most of it has moved, the view moves along.
  createEffect(
    on(listed, ({ list, inView }) => {
      if (inView.length === 0) return
      const places = new Map(list.map(({ recordId }, place) => [recordId, place]))
      const moves = inView.flatMap(({ recordId, start }) => {
        const place = places.get(recordId)
        return place === undefined ? [] : [startOf(place) - start]
      })
      const by = moves.sort((a, b) => a - b)[Math.floor(moves.length / 2)] ?? 0
      if (by !== 0) (scrolls === 'pane' ? scroller : window).scrollBy({ top: by, behavior: 'instant' })
    }),
  )

  if (scrolls === 'page') {
    // What stands above the list may take more lines, or fewer.
    const observer = new ResizeObserver(() => setTop(options.list().getBoundingClientRect().top + scrollY))
    onMount(() => observer.observe(document.body))
    onCleanup(() => observer.disconnect())
  }

  const items = createMemo(
    () => new Map(virtualizer.getVirtualItems().map(({ index, start, end }) => [index, { start, end }])),
  )
  // The kept row is looked up in the list of this very moment: it must not be undrawn because an older range is still known.
  const places = createMemo(() => including([...items().keys()], kept(), tasks().length), [], {
    equals: (before, now) => before.length === now.length && before.every((place, index) => place === now[index]),
  })
  const gapBefore = (piece: number): number => {
    const at = (place: number | undefined) => items().get(place ?? -1)
    const beginning = piece === 0 ? top() : (at(places()[piece - 1])?.end ?? 0)
    const end =
      piece === places().length ? top() + virtualizer.getTotalSize() : (at(places()[piece])?.start ?? beginning)
    return Math.max(0, end - beginning)
  }
  const gap = (place: () => number): Gap => ({ height: createMemo(() => gapBefore(place())) })
  /** Where the kept row stands apart from the others, on one side or the other. */
  const apart = createMemo(() => places().findIndex((place, index) => index > 0 && place !== places()[index - 1]! + 1))
  const [first, middle, last] = [gap(() => 0), gap(() => Math.max(0, apart())), gap(() => places().length)]

  return {
    /** The drawn rows and the gaps between them, in order; a task and a gap stay the same objects. */
    pieces: createMemo((): readonly (Task | Gap)[] => {
      const rows = places().map((place) => tasks()[place]!)
      if (apart() > 0) return [first, ...rows.slice(0, apart()), middle, ...rows.slice(apart()), last]
      return [first, ...rows, last]
    }),
    /** The place in the whole list of each row that is drawn. */
    placeOf: createMemo(() => new Map(places().map((place) => [tasks()[place]!, place]))),
    /** Tells how high a row really is, from now on. */
    // In the next frame, in which the virtualizer knows of how far the view has been moved, and before it is painted.
    measure: (row: HTMLElement) => {
      requestAnimationFrame(() => row.isConnected && virtualizer.measureElement(row))
    },
    /** How many rows there are in the view at present. */
    rowsInView: () => (virtualizer.range ? virtualizer.range.endIndex - virtualizer.range.startIndex : 1),
  }
}

/** Places in order with one more, as far as the list reaches. */
function including(places: number[], place: number, count: number): number[] {
  const all = places.includes(place) ? places : [...places, place]
  return all.filter((each) => each >= 0 && each < count).sort((a, b) => a - b)
}
