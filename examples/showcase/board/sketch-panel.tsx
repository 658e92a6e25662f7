import { createMemo, ErrorBoundary, lazy, Show, Suspense } from 'solid-js'
import type { NotePanelProps } from './note-panel.tsx'

// Whoever never opens a sketch loads none.
const Sketch = lazy(() => import('./sketch.tsx'))

/** The place of the sketch. Once opened it stays, shown or not: what was drawn offline waits in it. */
export function SketchPanel(props: NotePanelProps) {
  const wasOpened = createMemo<boolean>((before) => before || props.isOpen, false)
  return (
    <div id={props.id} class="sketch" data-testid="sketch" hidden={!props.isOpen}>
      <Show when={wasOpened()}>
        <ErrorBoundary fallback={(error) => <p role="alert">The sketch cannot be shown: {String(error)}</p>}>
          <Suspense fallback={<p class="text-loading">Loading the sketch</p>}>
            <Sketch roomId={props.roomId} isShown={props.isOpen} isOffline={props.isOffline} />
          </Suspense>
        </ErrorBoundary>
      </Show>
    </div>
  )
}
