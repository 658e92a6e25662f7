/** Follows the frames of a WebSocket in the bytes of one direction, to know whether a place is inside of one. */
export class FrameWalk {
  /** The bytes that are still missing of the present frame; of its head before that is known. */
  #missing = 2
  #head: number[] = []
  #inBody = false

  /** Whether the bytes so far end with a whole frame. */
  get isBetween(): boolean {
    return !this.#inBody && this.#head.length === 0
  }

  /** Takes the next bytes, and says where among them frames end. */
  take(bytes: Buffer): readonly number[] {
    const ends: number[] = []
    for (let at = 0; at < bytes.length; ) {
      if (this.#inBody) {
        const step = Math.min(this.#missing, bytes.length - at)
        this.#missing -= step
        at += step
      } else {
        this.#head.push(bytes[at++]!)
        this.#missing--
      }
      if (this.#missing === 0) this.#next()
      if (this.isBetween) ends.push(at)
    }
    return ends
  }

  /** Where in the next bytes frames will end. */
  endsIn(bytes: Buffer): readonly number[] {
    const ahead = new FrameWalk()
    ahead.#missing = this.#missing
    ahead.#head = [...this.#head]
    ahead.#inBody = this.#inBody
    return ahead.take(bytes)
  }

  /** What was missing has come. */
  #next(): void {
    if (this.#inBody) return this.#begin()
    const [, second = 0] = this.#head
    const short = second & 0x7f
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0
    const length = 2 + extended + (second & 0x80 ? 4 : 0)
    this.#missing = length - this.#head.length
    if (this.#missing > 0) return
    const body = extended === 0 ? short : Number(`0x${Buffer.from(this.#head.slice(2, 2 + extended)).toString('hex')}`)
    if (body === 0) return this.#begin()
    this.#head = []
    this.#inBody = true
    this.#missing = body
  }

  #begin(): void {
    this.#head = []
    this.#inBody = false
    this.#missing = 2
  }
}
