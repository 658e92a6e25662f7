import { createEffect, onCleanup, Show } from 'solid-js'
import { formatCount } from './format-count.ts'
import type { Scrolls } from './virtual-rows.ts'

export interface ShowMoreProps {
  readonly scrolls: Scrolls
  /** The element that the list scrolls in, where the page itself does not scroll. */
  readonly scroller: HTMLElement
  /** How many there are by now. */
  readonly loaded: number
  /** How many there would be; `undefined` while that is not known. */
  readonly total: number | undefined
  /** Whether what was asked for last is there. */
  readonly isReady: boolean
  readonly onMore: () => void
}

/** How far ahead of the end the next page is asked for. */
const ahead = '400px'

/** The end of a list that goes on: it brings the next page when it comes near, and when it is pressed. */
export function ShowMore(props: ShowMoreProps) {
  let button!: HTMLButtonElement
  createEffect(() => {
    if (!props.isReady) return
    const root = props.scrolls === 'pane' ? props.scroller : null
    // An observer begins with a report, so a new one for each page goes on where a page has not filled the view.
    const observer = new IntersectionObserver((entries) => entries.at(-1)!.isIntersecting && props.onMore(), {
      root,
      rootMargin: ahead,
    })
    observer.observe(button)
    onCleanup(() => observer.disconnect())
  })
  return (
    <button ref={button} type="button" class="more" onClick={() => props.onMore()}>
      Show more{' '}
      <span class="count" data-testid="loaded">
        {formatCount(props.loaded)}
        <Show when={props.total}>{(total) => <> of {formatCount(total())}</>}</Show>
      </span>
    </button>
  )
}
