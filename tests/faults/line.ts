import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as later } from 'node:timers/promises'
import type { Dice } from './dice.ts'
import type { Events } from './events.ts'
import { type Direction, drawFate, type Fate, type FateKind } from './fates.ts'
import { FrameWalk } from './frames.ts'

/** What a line needs to know. */
export interface LineOptions {
  /** Who is at its end, for the events. */
  readonly name: string
  readonly dice: Dice
  readonly events: Events
  /** The port of the worker; another one each time that it starts. */
  readonly target: () => number
  /** Whether results are of a megabyte and more. */
  readonly heavy: boolean
  /** Whether nothing is to be compressed, so that it can be looked into later. */
  readonly isLegible: boolean
}

/** A bad network between one client and the worker: a port that passes bytes on, until it does not. */
export class Line {
  readonly #options: LineOptions
  readonly #server: Server
  readonly #passages = new Set<Passage>()
  #isCalm = false
  #cutOffUntil = 0

  private constructor(options: LineOptions, server: Server) {
    this.#options = options
    this.#server = server
    server.on('connection', (near) => this.#open(near))
  }

  static async open(options: LineOptions): Promise<Line> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Line(options, server)
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /**
   * From now on nothing new befalls anybody. What is lost already stays lost: whoever waits for it must find out.
   * `isLost`: what there is now gets lost in this moment.
   */
  calm(isLost: boolean): void {
    this.#isCalm = true
    for (const passage of this.#passages) passage.calm(isLost)
  }

  /** What there is now has this fate from now on. */
  doom(fate: Fate): void {
    for (const passage of this.#passages) passage.doom(fate)
  }

  /** Ends what there is, and lets nothing through for so many milliseconds. */
  cutOff(milliseconds: number): void {
    const { events, name } = this.#options
    events.cut(name, 'cut off')
    this.#cutOffUntil = performance.now() + milliseconds
    for (const passage of this.#passages) passage.end()
  }

  close(): void {
    this.#server.close()
    for (const passage of this.#passages) passage.end()
  }

  #open(near: Socket): void {
    const { name, dice, events, target, heavy, isLegible } = this.#options
    const own = dice.fork()
    const isCutOff = performance.now() < this.#cutOffUntil
    const fate: Fate = isCutOff ? { kind: 'refused' } : this.#isCalm ? { kind: 'none' } : drawFate(own, heavy)
    events.count('connections')
    if (fate.kind === 'refused') {
      events.cut(name, 'refused')
      near.resetAndDestroy()
      return
    }
    const far = connect({ port: target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const passage = new Passage(near, far, fate, isLegible, own, (kind) => events.cut(name, kind))
    this.#passages.add(passage)
    passage.ended.then(() => this.#passages.delete(passage))
  }
}

/** One connection on its way through a line. */
class Passage {
  readonly ended: Promise<void>
  readonly #near: Socket
  readonly #far: Socket
  readonly #dice: Dice
  readonly #tell: (kind: string) => void
  readonly #openedAt = performance.now()
  readonly #isLegible: boolean
  #fate: Fate
  /** Ends the wait of bytes that are kept back. */
  #calmed = Promise.withResolvers<void>()
  #upgraded = false
  #walks = { up: new FrameWalk(), down: new FrameWalk() }
  #passed = { up: 0, down: 0 }
  /** Where the result began that the fate is about, counted in bytes down. */
  #result: number | undefined
  /** How many frames more are to pass, once a commit has been torn. */
  #framesLeft: number | undefined
  #hasStruck = false

  constructor(near: Socket, far: Socket, fate: Fate, isLegible: boolean, dice: Dice, tell: (kind: string) => void) {
    this.#near = near
    this.#far = far
    this.#fate = fate
    this.#isLegible = isLegible || legible.has(fate.kind)
    this.#dice = dice
    this.#tell = tell
    this.#carry(near, far, 'up')
    this.#carry(far, near, 'down')
    for (const socket of [near, far]) socket.on('error', () => this.end())
    this.ended = Promise.all([near, far].map((socket) => new Promise((resolve) => socket.once('close', resolve)))).then(
      () => {},
    )
    if (fate.kind === 'dropped') void later(fate.after).then(() => this.#strike('dropped', fate))
  }

  calm(isLost: boolean): void {
    this.#calmed.resolve()
    if (this.#fate.kind === 'lost' && this.#hasStruck) return
    this.#fate = isLost ? { kind: 'lost', ways: ['up', 'down'], after: 0 } : { kind: 'none' }
  }

  doom(fate: Fate): void {
    this.#fate = fate
    this.#framesLeft = undefined
  }

  end(): void {
    this.#near.destroy()
    this.#far.destroy()
  }

  #carry(from: Socket, to: Socket, way: Direction): void {
    const latency = this.#dice.chance(0.5) ? 0 : this.#dice.between(1, 20)
    // Bytes keep their order, and the end of the stream comes behind them.
    let last: Promise<void> = Promise.resolve()
    const then = (step: () => void): void => {
      last = last.then(async () => {
        if (latency > 0) await later(latency)
        await this.#keptBack(way)
        step()
      })
    }
    from.on('data', (bytes) => then(() => this.#pass(bytes, to, way)))
    from.on('end', () => then(() => !this.#isLost(way) && to.end()))
    from.on('close', () => then(() => !this.#isLost(way) && to.destroy()))
  }

  /** Waits for as long as bytes are kept back. */
  async #keptBack(way: Direction): Promise<void> {
    const fate = this.#fate
    if (fate.kind !== 'stalled' || !fate.ways.includes(way)) return
    const past = performance.now() - this.#openedAt - fate.after
    if (past < 0 || past > fate.lasts) return
    if (!this.#hasStruck) this.#tell('stalled')
    this.#hasStruck = true
    await Promise.race([later(fate.lasts - past), this.#calmed.promise])
    if (fate.ends) this.#strike('stalled and dropped', fate)
  }

  #isLost(way: Direction): boolean {
    const fate = this.#fate
    if (fate.kind !== 'lost' || !fate.ways.includes(way)) return false
    if (performance.now() - this.#openedAt < fate.after) return false
    if (!this.#hasStruck) this.#tell('lost')
    this.#hasStruck = true
    return true
  }

  #pass(bytes: Buffer, to: Socket, way: Direction): void {
    if (to.destroyed || this.#isLost(way)) return
    if (!this.#upgraded) {
      this.#upgraded = way === 'down'
      // Frames that are not compressed can be looked into on their way.
      const head = bytes.subarray(0, bytes.indexOf(endOfHead) + endOfHead.length)
      to.write(this.#isLegible ? Buffer.from(head.toString('latin1').replace(extensions, ''), 'latin1') : head)
      const rest = bytes.subarray(head.length)
      if (rest.length > 0) this.#pass(rest, to, way)
      return
    }
    const end = this.#endIn(bytes, way)
    const passing = end === undefined ? bytes : bytes.subarray(0, end)
    this.#passed[way] += passing.length
    this.#walks[way].take(passing)
    if (passing.length > 0) to.write(passing)
    if (end !== undefined) this.#strike(this.#nameOfCut(way), this.#fate)
  }

  /** Where in these bytes the connection is to end, if it is. */
  #endIn(bytes: Buffer, way: Direction): number | undefined {
    const fate = this.#fate
    const passed = this.#passed[way]
    const within = (at: number): number | undefined => (at <= passed + bytes.length ? at - passed : undefined)
    switch (fate.kind) {
      case 'split':
        return fate.way === way ? within(fate.bytes) : undefined
      case 'unacknowledged': {
        if (way === 'up' || performance.now() - this.#openedAt < fate.after) return undefined
        const at = bytes.indexOf('records.ack')
        return at < 0 ? undefined : Math.max(0, at - this.#dice.below(12))
      }
      case 'interrupted': {
        if (way === 'up' || performance.now() - this.#openedAt < fate.after) return undefined
        const at = bytes.indexOf('core.query_result')
        if (at >= 0) this.#result ??= passed + at
        return this.#result === undefined ? undefined : within(this.#result + fate.bytes)
      }
      case 'torn': {
        if (way === 'up' || performance.now() - this.#openedAt < fate.after) return undefined
        const begins = this.#framesLeft === undefined ? bytes.toString('latin1').search(fate.behind) : 0
        if (begins < 0) return undefined
        const ends = this.#walks.down.endsIn(bytes).filter((end) => end > begins)
        const left = this.#framesLeft ?? 1 + fate.more
        this.#framesLeft = left - ends.length
        return ends[left - 1]
      }
      default:
        return undefined
    }
  }

  #nameOfCut(way: Direction): string {
    const where = this.#walks[way].isBetween ? 'between frames' : 'mid-frame'
    if (this.#fate.kind === 'unacknowledged') return 'before an ACK'
    if (this.#fate.kind === 'torn') return 'between the frames of a commit'
    if (this.#fate.kind === 'interrupted') return `${where}, behind the beginning of a result`
    return `${where}, ${way}`
  }

  /** Cuts it, unless it has become calm meanwhile. */
  #strike(kind: string, fate: Fate): void {
    if (this.#fate !== fate || this.#near.destroyed) return
    this.#tell(kind)
    const cut = (socket: Socket): void => {
      if (this.#dice.chance(0.3)) socket.resetAndDestroy()
      else socket.destroySoon()
    }
    cut(this.#near)
    cut(this.#far)
  }
}

/** What is looked into on its way must not be compressed. */
const legible: ReadonlySet<FateKind> = new Set(['unacknowledged', 'interrupted', 'torn'])
const endOfHead = '\r\n\r\n'
const extensions = /sec-websocket-extensions:[^\r\n]*\r\n/i
