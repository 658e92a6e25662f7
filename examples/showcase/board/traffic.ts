// How much goes over a socket is nothing that the library tells: whoever wants to know counts it where it passes.

/** A socket that knows how many bytes of payload have come and gone. */
export class CountedSocket extends WebSocket {
  bytesIn = 0
  bytesOut = 0

  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    // It is the first to listen: whatever is done about a message is done while its socket is the one that speaks.
    this.addEventListener('message', ({ data }) => {
      speaking = this
      this.bytesIn += bytesOf(data)
    })
  }

  override send(data: string | Uint8Array<ArrayBuffer>): void {
    this.bytesOut += bytesOf(data)
    super.send(data)
  }
}

let speaking: CountedSocket | undefined

/** The socket whose message it is that runs what is running; where no message does, the last that has said something. */
export function speakingSocket(): CountedSocket | undefined {
  return speaking
}

/** Has every socket counted that this page opens from now on. */
export function countSockets(): void {
  window.WebSocket = CountedSocket
}

const encoder = new TextEncoder()

function bytesOf(data: string | Uint8Array | ArrayBuffer): number {
  return typeof data === 'string' ? encoder.encode(data).length : data.byteLength
}
