import { createGameRoom, type Game, type RoomId } from 'deepspace-solid'
import { type Accessor, untrack } from 'solid-js'
import type { Drive, Track } from './race.ts'
import { type Looker, type ProvidedPage, showTo, until } from './room.tsx'
import { socketsTo } from './sockets.ts'

/** A page with one component that is in a race, and what its provider was told. */
export interface RacePage extends ProvidedPage {
  readonly game: Game<Track, Drive>
}

/** What a test wants of a page with a race. */
interface Look extends Looker {
  /** What is rendered beside, where components run. */
  readonly beside?: ((game: Game<Track, Drive>) => void) | undefined
}

/** A new race. */
export function newRace(kind = ''): string {
  return `race:${kind}${crypto.randomUUID()}`
}

/** Renders a page with a component that is in a race. */
export function enter(id: RoomId | Accessor<RoomId>, { beside, ...looker }: Look = {}): RacePage {
  let game!: Game<Track, Drive>
  const Race = () => {
    game = createGameRoom<Track, Drive>(id)
    beside?.(game)
    return null
  }
  const page = showTo(looker, () => <Race />)
  return { ...page, game }
}

/** The same for a user, once the game is there. */
export async function sit(id: string, name: string, more: Omit<Look, 'user'> = {}): Promise<RacePage> {
  const page = enter(id, { user: () => name, ...more })
  await until(() => page.game.state)
  return page
}

/** The same, in a race that runs. */
export async function drive(id: string, name: string, more: Omit<Look, 'user'> = {}): Promise<RacePage> {
  const page = await sit(id, name, more)
  if (!untrack(() => page.game.running)) page.game.start()
  await until(() => page.game.running)
  return page
}

/** Everything that a page shows of the state, as JSON has it. */
export function stateOf({ game }: RacePage): Track {
  return untrack(() => JSON.parse(JSON.stringify(game.state)))
}

/** The text frames of a type that clients have sent to a room, over all their sockets. */
export function sentIn(id: string, type: string): readonly { readonly payload: Record<string, unknown> }[] {
  const sent = socketsTo(id).flatMap((socket) => socket.sent as readonly unknown[])
  return sent.filter((frame) => (frame as { type?: string }).type === type) as never
}
