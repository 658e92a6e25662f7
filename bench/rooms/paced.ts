import { DurableObject } from 'cloudflare:workers'
import { type Pace, tickRate } from './course.ts'

/** Does what a step of the game takes: 10 ms of a core. */
export function work(): void {
  const until = performance.now() + 10
  while (performance.now() < until) {}
}

/**
 * A game as one writes it first: each step is done so long after the one before, by an interval, a timeout or an alarm. What comes is
 * kept for the next step, which takes the same work as one of ours, and is told to all.
 */
export class PacedObject extends DurableObject {
  #steps = 0
  #goesOn = false
  #interval: ReturnType<typeof setInterval> | null = null
  #waiting: string[] = []
  #used = 0

  override fetch(): Response {
    const { 0: client, 1: socket } = new WebSocketPair()
    this.ctx.acceptWebSocket(socket)
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(_: WebSocket, message: string): void {
    this.#waiting.push(message)
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close(1000)
  }

  async begin(pace: Exclude<Pace, 'game'>): Promise<void> {
    this.#goesOn = true
    if (pace === 'interval') this.#interval = setInterval(() => this.#step(), length)
    else if (pace === 'timeout') setTimeout(() => this.#chain(), length)
    else await this.ctx.storage.setAlarm(Date.now() + length)
  }

  /** Gives how many steps were done. */
  end(): number {
    this.#goesOn = false
    clearInterval(this.#interval)
    return this.#steps
  }

  override async alarm(): Promise<void> {
    if (!this.#goesOn) return
    this.#step()
    await this.ctx.storage.setAlarm(Date.now() + length)
  }

  #chain(): void {
    if (!this.#goesOn) return
    this.#step()
    setTimeout(() => this.#chain(), length)
  }

  #step(): void {
    work()
    this.#steps++
    this.#used += this.#waiting.length
    this.#waiting = []
    const frame = JSON.stringify({ type: 'tick', payload: { tick: this.#steps, used: this.#used } })
    for (const socket of this.ctx.getWebSockets()) socket.send(frame)
  }
}

/** In milliseconds. */
const length = 1000 / tickRate
