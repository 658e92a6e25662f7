import type { Competitor } from '../competitors/competitor.ts'
import { type Mounted, mountLength, mountList, mountReaders } from './mount.ts'
import type { Room } from './room.ts'

export interface Kind {
  send(room: Room, positions: readonly number[]): string[]
  watch(competitor: Competitor, positions: readonly number[]): Mounted
}

/** The kinds of change, and what waits for them. */
export const kinds = {
  update: {
    send: (room: Room, positions: readonly number[]) => room.update(positions),
    watch: (competitor: Competitor, positions: readonly number[]) => mountReaders(competitor, positions, 'title'),
  },
  insert: {
    send: (room: Room, positions: readonly number[]) => room.insert(positions.length),
    watch: mountLength,
  },
  move: {
    send: (room: Room, positions: readonly number[]) => room.move(positions),
    watch: (competitor: Competitor, positions: readonly number[]) => mountReaders(competitor, positions, 'rank'),
  },
  delete: {
    send: (room: Room, positions: readonly number[]) => room.remove(positions.length),
    watch: mountLength,
  },
  list: {
    send: (room: Room, positions: readonly number[]) => room.insert(positions.length),
    watch: mountList,
  },
} satisfies Record<string, Kind>

export type KindName = keyof typeof kinds
