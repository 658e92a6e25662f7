import { Show } from 'solid-js'
import type { Task } from '../schema.ts'
import { GlobeIcon, LockIcon } from './icons.tsx'

export interface VisibilitySwitchProps {
  readonly label: string
  readonly tabIndex?: number
  readonly value: Task['data']['visibility']
  readonly onChange: (value: Task['data']['visibility']) => void
}

export function VisibilitySwitch(props: VisibilitySwitchProps) {
  const isPublic = () => props.value === 'public'
  return (
    <button
      type="button"
      role="switch"
      class="visibility"
      tabindex={props.tabIndex}
      data-testid="toggle-visibility"
      aria-checked={isPublic()}
      aria-label={props.label}
      title={isPublic() ? 'Public: everyone sees it' : 'Private: its owner and admins see it'}
      onClick={() => props.onChange(isPublic() ? 'private' : 'public')}
    >
      <Show when={isPublic()} fallback={<LockIcon />}>
        <GlobeIcon />
      </Show>
    </button>
  )
}
