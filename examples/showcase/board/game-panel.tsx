import { type DeepSpaceError, RecordProvider } from 'deepspace-solid'
import { createMemo, ErrorBoundary, lazy, Show, Suspense } from 'solid-js'
import type { Persona } from '../demo-users.ts'
import { fetchToken } from './fetch-token.ts'
import type { NotePanelProps } from './note-panel.tsx'

export interface GamePanelProps extends NotePanelProps {
  readonly persona: Persona
}

// Whoever never opens a game loads none.
const Game = lazy(() => import('./game.tsx'))

/** The place of the game. Who closes it leaves the game. */
export function GamePanel(props: GamePanelProps) {
  const wasOpened = createMemo<boolean>((before) => before || props.isOpen, false)
  return (
    <div id={props.id} class="game" data-testid="game" hidden={!props.isOpen}>
      <Show when={wasOpened()}>
        <ErrorBoundary fallback={(error) => <p role="alert">The game cannot be shown: {String(error)}</p>}>
          <Suspense fallback={<p class="text-loading">Loading the game</p>}>
            {/* Of its own, so that it hears what the game alone is refused. */}
            <RecordProvider getToken={() => fetchToken(props.roomId, props.persona)} onError={tell}>
              <Game roomId={props.roomId} isShown={props.isOpen} isOffline={props.isOffline} />
            </RecordProvider>
          </Suspense>
        </ErrorBoundary>
      </Show>
    </div>
  )
}

/** That there is no seat, or that another page plays, is on show; anything else is for whoever looks into the console. */
function tell(error: DeepSpaceError): void {
  if (error.code !== 'too-many' && error.code !== 'denied') console.error(error)
}
