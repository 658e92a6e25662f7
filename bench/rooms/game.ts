import { setTimeout as pause } from 'node:timers/promises'
import { type GameNow, type Pace, tickRate } from './course.ts'
import type { Workerd } from './workerd.ts'

/** How many steps an object has done of those that were due. */
export interface Steps {
  readonly pace: Pace
  readonly done: number
  readonly due: number
  readonly wrong: readonly string[]
}

const players = 10
/** How long a player waits from one input to the next, in milliseconds. */
const inputEvery = 50

/** Ten players, 10 ms of work a step, for so many milliseconds. */
export async function stepsOf(workerd: Workerd, pace: Pace, milliseconds: number): Promise<Steps> {
  const name = `busy-${pace}-${milliseconds}`
  const path = pace === 'game' ? 'ws/game' : 'paced'
  const wires = await Promise.all(usersOf(players).map((user) => GameLine.open(workerd, path, name, user)))
  const call = (method: string) => called(workerd, pace === 'game' ? 'game' : 'paced', name, method, pace)
  if (pace === 'game') {
    wires[0]!.send('game.start', {})
    await Promise.all(wires.map((wire) => wire.until('game.start')))
  } else await call('begin')
  const start = performance.now()
  let seq = 0
  while (performance.now() - start < milliseconds) {
    seq++
    for (const wire of wires) wire.send('game.input', { seq, action: 'speed', data: seq % 2 })
    await pause(inputEvery)
  }
  const elapsed = performance.now() - start
  const answer = await call(pace === 'game' ? 'game' : 'end')
  const due = Math.floor((elapsed / 1000) * tickRate)
  if (pace !== 'game') {
    await Promise.all(wires.map((wire) => wire.close()))
    return { pace, done: answer as number, due, wrong: [] }
  }
  const { tick: done, skipped } = answer as GameNow
  const wrong: string[] = []
  // What is under way when it is asked may be one more or less.
  if (Math.abs(done + skipped - due) > 2) wrong.push(`${done} steps and ${skipped} skipped ones of ${due}`)
  await Promise.all(wires.map((wire) => wire.untilUsed(seq)))
  for (const [user, used] of Object.entries(((await call('game')) as GameNow).used)) {
    if (used !== seq) wrong.push(`${used} inputs of ${seq} were used of ${user}`)
  }
  await Promise.all(wires.map((wire) => wire.close()))
  return { pace, done, due, wrong }
}

/** What somebody who watches is sent, in characters a step, while so many of ten move: as what has changed, and as whole states. */
export interface Sent {
  readonly movers: number
  readonly changes: number
  readonly whole: number
  readonly wrong: readonly string[]
}

export async function sentFor(workerd: Workerd, movers: number, milliseconds: number): Promise<Sent> {
  const name = `moving-${movers}-${milliseconds}`
  const wires = await Promise.all(usersOf(players).map((user) => GameLine.open(workerd, 'ws/game', name, user)))
  const watchers = await Promise.all(['v=1', ''].map((search) => GameLine.open(workerd, 'ws/game', name, '', search)))
  const [changes, whole] = watchers as [GameLine, GameLine]
  wires[0]!.send('game.start', {})
  await Promise.all([...wires, ...watchers].map((wire) => wire.until('game.start')))
  for (const wire of wires.slice(0, movers)) wire.send('game.input', { seq: 1, action: 'speed', data: 7 })
  await Promise.all(wires.slice(0, movers).map((wire) => wire.untilUsed(1)))
  const before = [changes.characters, whole.characters] as const
  const frames = [changes.frames, whole.frames] as const
  const { tick } = (await called(workerd, 'game', name, 'game')) as GameNow
  await pause(milliseconds)
  const { tick: after } = (await called(workerd, 'game', name, 'game')) as GameNow
  const sent = [changes.characters - before[0], whole.characters - before[1]] as const
  const wrong: string[] = []
  if (movers === 0 && changes.frames + whole.frames > frames[0] + frames[1]) wrong.push('something was told of nothing')
  await Promise.all([...wires, ...watchers].map((wire) => wire.close()))
  return { movers, changes: sent[0] / (after - tick), whole: sent[1] / (after - tick), wrong }
}

const usersOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `player-${n}`)

async function called({ port }: Workerd, kind: string, name: string, method: string, pace?: Pace): Promise<unknown> {
  const url = `http://127.0.0.1:${port}/call/${name}`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ kind, method, pace }) })
  return response.json()
}

/** One connection, of a player or of somebody who watches. */
class GameLine {
  frames = 0
  characters = 0
  #used = 0
  readonly #types = new Set<string>()
  readonly #socket: WebSocket
  #arrived = Promise.withResolvers<void>()

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const text = data as string
      const { type, payload } = JSON.parse(text)
      if (type === 'core.mark') return socket.send(text)
      this.frames++
      this.characters += text.length
      this.#types.add(type)
      if (typeof payload.seq === 'number') this.#used = payload.seq
      this.#arrived.resolve()
      this.#arrived = Promise.withResolvers()
    })
  }

  static async open({ port }: Workerd, path: string, name: string, user: string, search = 'v=1'): Promise<GameLine> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}/${name}?${search}&user=${user}`)
    const line = new GameLine(socket)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error('refused')))
    })
    return line
  }

  send(type: string, payload: object): void {
    this.#socket.send(JSON.stringify({ type, payload }))
  }

  /** Waits until a frame of a type has come. */
  async until(type: string): Promise<void> {
    while (!this.#types.has(type)) await this.#arrived.promise
  }

  /** Waits until a step has used an input. */
  async untilUsed(seq: number): Promise<void> {
    while (this.#used < seq) await this.#arrived.promise
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener('close', resolve))
    this.#socket.close()
    await closed
  }
}
