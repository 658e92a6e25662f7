import { createConnection } from 'deepspace-solid'
import { createSignal } from 'solid-js'

export function OfflineSwitch() {
  const connection = createConnection()
  const [offline, setOffline] = createSignal(false)
  const toggle = () => {
    if (setOffline((before) => !before)) connection.disconnect()
    else connection.reconnect()
  }
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      data-testid="offline-switch"
      aria-checked={offline()}
      onClick={toggle}
    >
      Go offline
    </button>
  )
}
