import { createConnection } from 'deepspace-solid'

export interface OfflineSwitchProps {
  readonly isOffline: boolean
  readonly onOffline: (isOffline: boolean) => void
}

export function OfflineSwitch(props: OfflineSwitchProps) {
  const connection = createConnection()
  const toggle = () => {
    if (props.isOffline) connection.reconnect()
    else connection.disconnect()
    props.onOffline(!props.isOffline)
  }
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      data-testid="offline-switch"
      aria-checked={props.isOffline}
      onClick={toggle}
    >
      Go offline
    </button>
  )
}
