import { onTestFinished } from 'vitest'
import type { Field, GameNow, StoredGame } from './field.ts'
import { GameWire } from './game-wire.ts'
import { createOwnRooms } from './own-rooms.ts'
import { callRoom } from './rpc.ts'

/** Games in a worker that no other test file uses at the same time, and what a test does with them. */
export function createOwnGames() {
  const rooms = createOwnRooms()
  const ask = async (name: string, method: string): Promise<unknown> => {
    return (await callRoom(rooms.base, name, method, [])).result
  }
  /** Connects until the test is over; `search` is `v=1` unless something else is given. */
  const open = async (name: string, user?: string, search?: string): Promise<GameWire> => {
    const wire = await GameWire.open(rooms.base, name, user, search)
    onTestFinished(() => wire.close())
    return wire
  }
  return {
    rooms,
    open,
    game: async (name: string) => (await ask(name, 'game')) as GameNow,
    stored: async (name: string) => (await ask(name, 'stored')) as StoredGame,
    /** A game that runs, with somebody who plays and somebody who watches. */
    async running(what = ''): Promise<{ name: string; ann: GameWire; watcher: GameWire }> {
      const name = some(what)
      const [watcher, ann] = [await open(name), await open(name, 'ann')]
      ann.send('game.start')
      await watcher.until(({ type }) => type === 'game.start')
      await ann.until(({ type }) => type === 'game.start')
      return { name, ann, watcher }
    },
  }
}

/** A new game; what its name says is another way than usual. */
export function some(what = ''): string {
  return `game:${what}:${crypto.randomUUID()}`
}

/** The state as a connection knows it. */
export function fieldOf(wire: GameWire): Field {
  return wire.state as unknown as Field
}

export function logOf(wire: GameWire): string[] {
  return fieldOf(wire).log
}
