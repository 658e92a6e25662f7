import { RecordProvider } from 'deepspace-solid'
import { createMemo, ErrorBoundary, lazy, Show, Suspense } from 'solid-js'
import type { Persona } from '../demo-users.ts'
import { createNoteToken } from './note-token.ts'

export interface NotePanelProps {
  readonly id: string
  readonly isOpen: boolean
  readonly persona: Persona
  readonly roomId: string
}

// Whoever never opens a note loads no editor.
const Note = lazy(() => import('./note.tsx'))

/** The place of the note. Once opened it stays, shown or not: what was written offline waits in it. */
export function NotePanel(props: NotePanelProps) {
  const wasOpened = createMemo<boolean>((before) => before || props.isOpen, false)
  return (
    <div id={props.id} class="note" data-testid="note" hidden={!props.isOpen}>
      <Show when={wasOpened()}>
        <ErrorBoundary fallback={(error) => <p role="alert">The note cannot be shown: {String(error)}</p>}>
          <Suspense fallback={<p class="note-loading">Loading the editor</p>}>
            {/* Somebody else begins with a document of their own, offline too. */}
            <Show when={props.persona} keyed>
              {(persona) => {
                const token = createNoteToken(props.roomId, persona)
                return (
                  <RecordProvider getToken={token.get} onError={token.failed}>
                    <Note roomId={props.roomId} isShown={props.isOpen} />
                  </RecordProvider>
                )
              }}
            </Show>
          </Suspense>
        </ErrorBoundary>
      </Show>
    </div>
  )
}
