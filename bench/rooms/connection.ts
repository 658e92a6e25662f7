import { connect, type Socket } from 'node:net'

/**
 * A WebSocket with next to nothing between the bytes and whoever counts them. Node's own needs more time for a frame
 * than workerd does to send it; with both on two cores, it would be the client that is measured.
 *
 * Whatever sends the frames, the work here is the same for each: two searches in its bytes, and no parsing.
 */
export class Connection {
  frames = 0
  /** Bytes of frames, with their heads. */
  bytes = 0
  /** How often the counted text has come. */
  counted = 0
  readonly #socket: Socket
  readonly #count: Buffer
  #awaited: { readonly mark: Buffer; readonly arrived: (payload: Buffer) => void } | undefined
  #rest: Buffer | undefined

  private constructor(socket: Socket, count: string) {
    this.#socket = socket
    this.#count = Buffer.from(count)
  }

  /** Opens a connection that counts a text in what it is sent. */
  static open(port: number, path: string, count: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      socket.on('error', reject)
      socket.setTimeout(patience, () => socket.destroy(new Error('the connection was not answered in time')))
      socket.write(`GET ${path} HTTP/1.1\r\n${upgrade.join('\r\n')}\r\n\r\n`)
      socket.once('data', (answer) => {
        const end = answer.indexOf('\r\n\r\n')
        if (!answer.toString('latin1').startsWith('HTTP/1.1 101') || end < 0) {
          return reject(new Error(`refused: ${answer.toString('latin1', 0, 200)}`))
        }
        socket.setTimeout(0)
        const connection = new Connection(socket, count)
        connection.#receive(answer.subarray(end + 4))
        socket.on('data', (data) => connection.#receive(data))
        resolve(connection)
      })
    })
  }

  /** The next frame that holds a text. Rejects when it does not come. */
  next(mark: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no frame came with ${mark}`)), patience)
      const arrived = (payload: Buffer): void => {
        clearTimeout(timer)
        resolve(payload)
      }
      this.#awaited = { mark, arrived }
    })
  }

  send(frames: Buffer): void {
    this.#socket.write(frames)
  }

  close(): void {
    this.#socket.destroy()
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  #receive(data: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, data]) : data
    let at = 0
    for (let frame = frameAt(bytes, at); frame; frame = frameAt(bytes, at)) {
      // A connection that the room closes is one that it does not serve.
      if (frame.type !== textFrame) return this.close()
      this.#take(bytes.subarray(frame.start, frame.end), frame.end - at)
      at = frame.end
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined
  }

  #take(payload: Buffer, bytes: number): void {
    this.frames++
    this.bytes += bytes
    for (let at = payload.indexOf(this.#count); at >= 0; at = payload.indexOf(this.#count, at + 1)) this.counted++
    if (!this.#awaited || !payload.includes(this.#awaited.mark)) return
    const { arrived } = this.#awaited
    this.#awaited = undefined
    arrived(payload)
  }
}

/** The frames of texts as a client sends them, ready for the socket. */
export function encodeFrames(texts: readonly string[]): Buffer {
  return Buffer.concat(texts.flatMap((text) => encodeFrame(Buffer.from(text))))
}

function encodeFrame(payload: Buffer): Buffer[] {
  const short = payload.length < 126
  const head = Buffer.alloc(short ? 6 : 8)
  head[0] = whole | textFrame
  head[1] = 0x80 | (short ? payload.length : 126)
  if (!short) head.writeUInt16BE(payload.length, 2)
  // A client has to mask; a mask of zeros, the last four bytes of the head, leaves the payload as it is.
  return [head, payload]
}

/** How long anything may take, in milliseconds; then it is taken for lost. */
const patience = 15_000

const whole = 0x80
const textFrame = 1

/** Where the payload of the frame at a position lies, if all of it has come. */
function frameAt(bytes: Buffer, at: number): { type: number; start: number; end: number } | undefined {
  if (bytes.length < at + 2) return undefined
  const short = bytes[at + 1]!
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
  if (bytes.length < start) return undefined
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
  return bytes.length < start + length ? undefined : { type: bytes[at]! & ~whole, start, end: start + length }
}

const upgrade = [
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
]
