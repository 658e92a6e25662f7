import { type ConnectionStatus, createConnection } from 'deepspace-solid'

const words: Record<ConnectionStatus, string> = {
  connecting: 'Connecting',
  connected: 'Connected',
  disconnected: 'Offline',
  refused: 'Refused',
}

export function ConnectionBadge() {
  const connection = createConnection()
  return (
    <output
      class="connection"
      data-testid="connection"
      data-status={connection.status}
      title={connection.error?.message}
      aria-label={`Connection: ${words[connection.status]}`}
    >
      {words[connection.status]}
    </output>
  )
}
