import { performance } from 'node:perf_hooks'
import { setTimeout as later } from 'node:timers/promises'
import { Connection, encodeFrames } from './connection.ts'
import type { Workerd } from './workerd.ts'
import { creations } from './write.ts'

/** What an attacker sends, again and again. */
interface Attack {
  readonly name: string
  /** How many connections of theirs do it at once. */
  readonly connections: number
  /** The frames of one go. */
  frames(go: number): readonly object[]
}

/** What one client waited for its ACKs, in microseconds. */
export interface Latency {
  readonly name: string
  readonly median: number
  readonly worst: number
}

/** How many records the room holds beside a long one. */
export const recordsUnderAttack = 50_000

const subscribe = (subscriptionId: string, query: object, more: object = {}) => ({
  type: 'core.subscribe',
  payload: { subscriptionId, query: { collection: 'open', ...query }, ...more },
})

const attacks: readonly Attack[] = [
  {
    name: '100 patterns on a field of 1 MB',
    connections: 2,
    frames: (go) => {
      const or = Array.from({ length: 100 }, (_, n) => ({ body: { like: `%${'a'.repeat(200)}${n}%` } }))
      return [subscribe(`a${go % 50}`, { where: { recordId: 'long', or } })]
    },
  },
  {
    name: '30 counts over all records',
    connections: 2,
    frames: (go) =>
      Array.from({ length: 30 }, (_, n) =>
        subscribe(`n${n}`, { where: { title: { like: `%${go}-${n}%` } } }, { count: true }),
      ),
  },
  {
    name: 'all records, whole',
    connections: 2,
    frames: (go) => [subscribe(`a${go % 50}`, {})],
  },
  {
    name: 'values to compare by the thousand',
    connections: 2,
    frames: (go) => {
      const title = { in: Array.from({ length: 1000 }, (_, n) => `${go}-${n}`) }
      return [subscribe(`a${go % 50}`, { where: { title }, limit: 1 })]
    },
  },
  {
    name: 'frames that are refused',
    connections: 2,
    frames: () => Array.from({ length: 200 }, () => ({ type: 'nothing', payload: {} })),
  },
]

/** The latency of one client alone, then while each attack goes on for so many milliseconds. */
export async function* underAttack(workerd: Workerd, milliseconds: number): AsyncGenerator<Latency> {
  const room = 'guarded-attack'
  await fill(workerd, room)
  const victim = await Connection.open(workerd.port, `/ws/${room}?v=1&user=victim`, 'success')
  yield { name: 'nobody', ...(await measure(victim, milliseconds)) }
  for (const [index, attack] of attacks.entries()) {
    const end = new AbortController()
    const attackers = Array.from({ length: attack.connections }, () =>
      harass(workerd, `/ws/${room}?v=1&user=attacker-${index}`, attack, end.signal),
    )
    const latency = await measure(victim, milliseconds)
    end.abort()
    await Promise.all(attackers)
    yield { name: attack.name, ...latency }
  }
  victim.close()
}

/** The memory of workerd before and after a thousand hostile counts, queries and memberships, at rest, in bytes. */
export async function memoryUnderAttack(workerd: Workerd): Promise<{ before: number; after: number }> {
  const room = 'guarded-memory'
  await fill(workerd, room)
  const hostile = await Connection.open(workerd.port, `/ws/${room}?v=1&user=hostile`, 'success')
  await ask(hostile, 'warm')
  await workerd.sleep(room)
  const before = workerd.memory
  for (let go = 0; go < 1000; go++) {
    const where = { title: { in: Array.from({ length: 300 }, (_, n) => `${go}-${n}`) } }
    const texts = [
      subscribe(`n${go % 150}`, { where }, { count: true }),
      subscribe(`q${go % 40}`, { where, limit: 10 }),
      {
        type: 'core.put',
        payload: { collection: 'shared', recordId: `m${go}`, data: { title: 'x', team: `team ${go}` } },
      },
    ].map((frame) => JSON.stringify(frame))
    hostile.send(encodeFrames(texts))
    if (go % 50 === 49) await ask(hostile, `go-${go}`)
  }
  hostile.close()
  await later(1000)
  await workerd.sleep(room)
  return { before, after: workerd.memory }
}

async function fill(workerd: Workerd, room: string): Promise<void> {
  const all = creations('open', recordsUnderAttack)
  const long = {
    type: 'put',
    collection: 'open',
    recordId: 'long',
    data: { title: 'long', body: 'a'.repeat(1_000_000) },
  }
  for (let start = 0; start < all.length; start += 5000) await post(workerd, room, all.slice(start, start + 5000))
  await post(workerd, room, [long])
}

async function post(workerd: Workerd, room: string, operations: readonly object[]): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${workerd.port}/fill/${room}`, {
    method: 'POST',
    body: JSON.stringify(operations),
  })
  if (!response.ok) throw new Error(`could not fill the room: ${await response.text()}`)
}

let asked = 0

/** A write that is acknowledged; gives how long that took, in microseconds. */
async function ask(connection: Connection, name: string): Promise<number> {
  const requestId = `${name}-${++asked}-`
  const payload = { collection: 'open', recordId: `of-${name}`, data: { title: requestId }, requestId }
  const answer = connection.next(Buffer.from(`"requestId":"${requestId}"`))
  const from = performance.now()
  connection.send(encodeFrames([JSON.stringify({ type: 'core.put', payload })]))
  await answer
  return (performance.now() - from) * 1000
}

async function measure(victim: Connection, milliseconds: number): Promise<Omit<Latency, 'name'>> {
  const times: number[] = []
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    times.push(await ask(victim, 'victim'))
    // As somebody does who types.
    await later(5)
  }
  times.sort((a, b) => a - b)
  return { median: times[times.length >> 1]!, worst: times.at(-1)! }
}

/** Sends the frames of an attack a hundred times a second, whatever comes of it, and comes back when it is thrown out. */
async function harass(workerd: Workerd, path: string, attack: Attack, end: AbortSignal): Promise<void> {
  let connection: Connection | undefined
  for (let go = 0; !end.aborted; go++) {
    try {
      if (!connection || connection.isClosed) connection = await Connection.open(workerd.port, path, 'x')
      connection.send(encodeFrames(attack.frames(go).map((frame) => JSON.stringify(frame))))
    } catch {
      connection = undefined
    }
    await later(10)
  }
  connection?.close()
}
