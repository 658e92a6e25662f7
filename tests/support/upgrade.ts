import { connect, type Socket } from 'node:net'

/** Asks for a WebSocket by hand, as neither fetch nor WebSocket lets a test do. Gives the socket and what it answers first. */
export function upgrade(
  base: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ readonly socket: Socket; readonly answer: string }> {
  const { hostname, port, host } = new URL(base)
  const all = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    })
    socket.once('data', (data) => resolve({ socket, answer: String(data) }))
    socket.once('error', reject)
  })
}
