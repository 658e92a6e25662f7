import { createRoot } from 'solid-js'
import type { Competitor } from '../competitors/competitor.ts'
import { competitors, type Name, names, perName } from '../competitors/competitors.ts'
import { type KindName, kinds } from './kinds.ts'
import { fields, parseChanges, parseSnapshot, Room } from './room.ts'
import { turn } from './turn.ts'

/** Each competitor with the same rows, and the server that changes them. */
export interface Arena {
  readonly room: Room
  readonly competitors: Readonly<Record<Name, Competitor>>
}

/** The same rows in every competitor; the rows that do not match reach them as changes, as they would from a server. */
export async function setUp(size: number): Promise<Arena> {
  const room = new Room(size, size)
  const snapshot = room.snapshot()
  const unshown = room.others()
  const made = perName((name): Competitor => competitors[name]())
  for (const name of names) {
    made[name].load(parseSnapshot(snapshot))
    await turn()
    made[name].catchUp(parseChanges(unshown))
  }
  await turn()
  return { room, competitors: made }
}

/** Ends every competitor, so that nothing of this arena is left when the next is measured. */
export async function close(arena: Arena): Promise<void> {
  for (const name of names) await arena.competitors[name].dispose?.()
}

/** Goes through all that is going to be timed, one change at a time and many at once; gives what came out wrong. */
export async function rehearse(size: number): Promise<string[]> {
  const arena = await setUp(size)
  const wrong = differences(arena).map((line) => `loaded: ${line}`)
  for (const kind of Object.keys(kinds) as KindName[]) {
    const texts = kinds[kind].send(arena.room, arena.room.pick(20))
    for (const name of names) {
      const changes = parseChanges(texts)
      for (const change of changes.slice(0, 10)) arena.competitors[name].change(change)
      arena.competitors[name].catchUp(changes.slice(10))
    }
    wrong.push(...differences(arena).map((line) => `${kind}: ${line}`))
  }
  // As after a reconnect: what happened meanwhile is told by the new answer alone.
  for (const kind of Object.keys(kinds) as KindName[]) kinds[kind].send(arena.room, arena.room.pick(10))
  for (const name of names) arena.competitors[name].load(parseSnapshot(arena.room.snapshot()))
  await turn()
  wrong.push(...differences(arena).map((line) => `loaded again: ${line}`))
  await close(arena)
  return wrong
}

/** Where the result of a competitor is another than the server's: its ids, their order, each field that is shown. */
export function differences({ room, competitors: made }: Arena): string[] {
  return names.flatMap((name) => difference(name, made[name], room) ?? [])
}

function difference(name: Name, competitor: Competitor, room: Room): string | undefined {
  const shown = room.shown()
  const ids = competitor.ids()
  const counts = { 'ids()': ids.length, 'length()': competitor.length(), 'rows()': competitor.rows().length }
  for (const [asked, got] of Object.entries(counts)) {
    if (got !== shown.length) return `${name} has ${got} rows by ${asked}, not ${shown.length}`
  }
  return createRoot((dispose) => {
    try {
      for (const [position, { recordId, data }] of shown.entries()) {
        if (ids[position] !== recordId) return `${name} has ${ids[position]} at ${position}, not ${recordId}`
        for (const field of fields) {
          const got = competitor.reader(position, field)()
          if (got !== data[field]) return `${name} shows the ${field} ${got} at ${position}, not ${data[field]}`
        }
      }
      return undefined
    } finally {
      dispose()
    }
  })
}
