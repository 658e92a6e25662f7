import type { Competitor } from '../competitors/competitor.ts'
import { competitors, type Name, names, perName } from '../competitors/competitors.ts'
import { mountReaders } from './mount.ts'
import { parseSnapshot } from './room.ts'
import { turn } from './turn.ts'

/** Bytes a row. */
export interface Memory {
  /** The parsed records alone, without a list that holds them. */
  readonly payload: number
  /** What each competitor adds to them. */
  readonly added: Readonly<Record<Name, number>>
  /** What it adds when every row has an effect that reads one field. */
  readonly mounted: Readonly<Record<Name, number>>
}

const pointer = 8

export async function measureMemory(snapshot: string, size: number): Promise<Memory> {
  const [records, parsed] = await grown(() => parseSnapshot(snapshot))
  if (records.length !== size) throw new Error(`memory: ${records.length} rows, not ${size}`)
  const payload = parsed / size - pointer
  const added = perName(() => 0)
  const mounted = perName(() => 0)
  for (const name of names) {
    const [competitor, loaded] = await grown(() => load(competitors[name](), snapshot))
    const [watched, watching] = await grown(() => mountReaders(competitor, [...Array(size).keys()], 'title'))
    added[name] = loaded / size - payload
    mounted[name] = added[name] + watching / size
    watched.dispose()
    await competitor.dispose?.()
  }
  return { payload, added, mounted }
}

function load(competitor: Competitor, snapshot: string): Competitor {
  competitor.load(parseSnapshot(snapshot))
  return competitor
}

/** Makes something and says by how much the heap has grown. */
async function grown<T>(make: () => T): Promise<[made: T, bytes: number]> {
  // A caller that waits lets go of what it is done with; what it still held is not to be missed in the difference.
  await turn()
  const before = heap()
  const made = make()
  await turn()
  return [made, heap() - before]
}

function heap(): number {
  for (let i = 0; i < 3; i++) globalThis.gc!()
  return process.memoryUsage().heapUsed
}
