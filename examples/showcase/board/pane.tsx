import { RecordProvider, RecordScope } from 'deepspace-solid'
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
  return (
    <section
      class="pane"
      data-testid="pane"
      data-user={props.persona}
      aria-label={`The board as ${personaName(props.persona)}`}
    >
      <RecordProvider getToken={() => fetchToken(props.roomId, props.persona)} onWriteError={notices.add}>
        <RecordScope roomId={props.roomId} collections={[tasks]}>
          <RoomEnd />
          <PaneHeader
            persona={props.persona}
            onPersonaChange={props.onPersonaChange}
            isOffline={isOffline()}
            onOffline={setOffline}
          />
          <Board roomId={props.roomId} isOffline={isOffline()} notices={notices} scrolls={props.scrolls} />
        </RecordScope>
      </RecordProvider>
    </section>
  )
}
