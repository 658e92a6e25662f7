import type { User } from 'deepspace-solid'
import { Show } from 'solid-js'
import { Avatar } from './avatar.tsx'

export interface PersonProps {
  readonly user: User
  readonly isSelf: boolean
  readonly mayChange: boolean
  readonly onRole: (role: string) => void
}

export function Person(props: PersonProps) {
  return (
    <li class="person">
      <Avatar userId={props.user.id} />
      <span>
        {props.user.name}
        <Show when={props.isSelf}> (you)</Show>
      </span>
      <Show when={props.mayChange} fallback={<span class="role">{props.user.role}</span>}>
        <select
          aria-label={`Role of ${props.user.name}`}
          value={props.user.role}
          onChange={(event) => {
            const { value } = event.currentTarget
            event.currentTarget.value = props.user.role
            props.onRole(value)
          }}
        >
          <option value="viewer">viewer</option>
          <option value="member">member</option>
          <option value="admin">admin</option>
        </select>
      </Show>
    </li>
  )
}
