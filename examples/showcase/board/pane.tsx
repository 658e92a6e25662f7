import { type DeepSpaceError, RecordProvider, RecordScope } from 'deepspace-solid'
import { createEffect, createSignal, on } from 'solid-js'
import type { Persona } from '../demo-users.ts'
import { tasks } from '../schema.ts'
import { Board } from './board.tsx'
import { fetchToken } from './fetch-token.ts'
import { createNotices } from './notices.ts'
import { PaneHeader } from './pane-header.tsx'
import { personaName } from './personas.ts'
import { RoomEnd } from './room-end.tsx'
import type { Scrolls } from './virtual-rows.ts'

export interface PaneProps {
  readonly persona: Persona
  readonly onPersonaChange: (persona: Persona) => void
  readonly roomId: string
  readonly scrolls: Scrolls
}

/** One person's window on the room: a provider, and with it a connection and a cache, of its own. */
export function Pane(props: PaneProps) {
  const notices = createNotices()
  const [isOffline, setOffline] = createSignal(false)
  createEffect(on(() => props.persona, notices.clear, { defer: true }))
  const tell = (error: DeepSpaceError) => {
    // What is refused of a sketch is taken back by then; anything else is for whoever looks into the console.
    if (error.code === 'denied' || error.recordId !== undefined) notices.add({ operation: 'draw', error })
    else console.error(error)
  }
  return (
    <section
      class="pane"
      data-testid="pane"
      data-user={props.persona}
      aria-label={`The board as ${personaName(props.persona)}`}
    >
      <RecordProvider
        getToken={() => fetchToken(props.roomId, props.persona)}
        onWriteError={notices.add}
        onError={tell}
      >
        <RecordScope roomId={props.roomId} collections={[tasks]}>
          <RoomEnd />
          <PaneHeader
            persona={props.persona}
            onPersonaChange={props.onPersonaChange}
            isOffline={isOffline()}
            onOffline={setOffline}
          />
          <Board
            persona={props.persona}
            roomId={props.roomId}
            isOffline={isOffline()}
            notices={notices}
            scrolls={props.scrolls}
          />
        </RecordScope>
      </RecordProvider>
    </section>
  )
}
