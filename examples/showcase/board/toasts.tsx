import { For } from 'solid-js'
import { describeFailure } from './describe-failure.ts'
import type { Failure, Notices } from './notices.ts'
import { Toast } from './toast.tsx'

export interface ToastsProps {
  readonly notices: Notices
  readonly who: string
  readonly titleOf: (recordId: string) => string | undefined
  /** What has the focus once the last toast is gone that had it. */
  readonly focusAfter: () => HTMLElement | null
}

export function Toasts(props: ToastsProps) {
  // Said once, as things are when it happens: a toast outlives the record, and the user, that it speaks of.
  const headingOf = (failure: Failure) =>
    describeFailure(failure, props.who, failure.recordId && props.titleOf(failure.recordId))

  let toasts!: HTMLDivElement
  const dismiss = (failure: Failure) => {
    const hadFocus = toasts.contains(document.activeElement)
    props.notices.dismiss(failure)
    if (hadFocus) (toasts.querySelector('button') ?? props.focusAfter())?.focus()
  }

  return (
    <div ref={toasts} class="toasts" role="status">
      <For each={props.notices.failures}>
        {(failure) => {
          const heading = headingOf(failure)
          return <Toast heading={heading} reason={failure.error.message} onDismiss={() => dismiss(failure)} />
        }}
      </For>
    </div>
  )
}
