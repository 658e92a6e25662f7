import { createUser } from 'deepspace-solid'
import { Show } from 'solid-js'
import type { Persona } from '../demo-users.ts'
import { Avatar } from './avatar.tsx'
import { ConnectionBadge } from './connection-badge.tsx'
import { OfflineSwitch, type OfflineSwitchProps } from './offline-switch.tsx'
import { personaName, personas } from './personas.ts'
import { Segmented } from './segmented.tsx'

export interface PaneHeaderProps extends OfflineSwitchProps {
  readonly persona: Persona
  readonly onPersonaChange: (persona: Persona) => void
}

export function PaneHeader(props: PaneHeaderProps) {
  const user = createUser()
  return (
    <header class="pane-header">
      <Segmented
        legend="Signed in as"
        class="persona-switch"
        options={personas.map((value) => ({
          value,
          label: (
            <>
              <Avatar userId={value} />
              <span>{personaName(value)}</span>
            </>
          ),
        }))}
        value={props.persona}
        onChange={props.onPersonaChange}
      />
      <div class="pane-status">
        <Show when={user.role}>
          <span class="role" data-testid="role" title="The role that the room gives this user">
            {user.role}
          </span>
        </Show>
        <ConnectionBadge />
        <OfflineSwitch isOffline={props.isOffline} onOffline={props.onOffline} />
      </div>
    </header>
  )
}
