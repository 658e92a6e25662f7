import { createMemo, ErrorBoundary, lazy, Show, Suspense } from 'solid-js'

export interface NotePanelProps {
  readonly id: string
  readonly isOpen: boolean
  readonly roomId: string
  readonly isOffline: boolean
}

// Whoever never opens a note loads no editor.
const Note = lazy(() => import('./note.tsx'))

/** The place of the note. Once opened it stays, shown or not: what was written offline waits in it. */
export function NotePanel(props: NotePanelProps) {
  const wasOpened = createMemo<boolean>((before) => before || props.isOpen, false)
  return (
    <div id={props.id} class="note shared-text" data-testid="note" hidden={!props.isOpen}>
      <Show when={wasOpened()}>
        <ErrorBoundary fallback={(error) => <p role="alert">The note cannot be shown: {String(error)}</p>}>
          <Suspense fallback={<p class="text-loading">Loading the editor</p>}>
            <Note roomId={props.roomId} isShown={props.isOpen} isOffline={props.isOffline} />
          </Suspense>
        </ErrorBoundary>
      </Show>
    </div>
  )
}
