import { createPresenceRoom, type PresenceRoom, type PresenceRoomOptions } from 'deepspace-solid'
import type { Accessor } from 'solid-js'
import { type Looker, type ProvidedPage, showTo, until } from './room.tsx'
import { socketsTo } from './sockets.ts'

/** What people say of themselves in tests. */
export interface Said {
  readonly cursor?: { readonly x: number; readonly y: number }
  readonly color?: string
  readonly [field: string]: unknown
}

/** A page that takes part, and what its provider was told. */
export interface PresencePage extends ProvidedPage {
  readonly room: PresenceRoom<Said, string>
}

/** A new room of who is here. */
export function newPresence(kind = ''): string {
  return `presence:${kind}${crypto.randomUUID()}`
}

/** Who is signed in on a page, and what they say. */
interface Who extends PresenceRoomOptions<Said, string>, Looker {
  /** What is rendered beside, where components run. */
  readonly beside?: ((room: PresenceRoom<Said, string>) => void) | undefined
}

/** Renders a page with one component that takes part. */
export function attend(
  id: string | Accessor<string | null>,
  { user, beside, keepFor, ...options }: Who = {},
): PresencePage {
  let room!: PresenceRoom<Said, string>
  const Here = () => {
    room = createPresenceRoom(id, options)
    beside?.(room)
    return null
  }
  const page = showTo({ user, keepFor }, () => <Here />)
  return { ...page, room }
}

/** The same for a user, once the room knows them. */
export async function come(id: string, name: string, more: Omit<Who, 'user'> = {}): Promise<PresencePage> {
  const page = attend(id, { user: () => name, ...more })
  await until(() => page.room.self.connectionId !== undefined)
  return page
}

/** The text frames of a type that clients have sent to a room, over all their sockets, as JSON. */
export function toldTo(id: string, type: string): readonly { readonly payload: Record<string, unknown> }[] {
  const sent = socketsTo(id).flatMap((socket) => socket.sent as readonly unknown[])
  return sent.filter((frame) => (frame as { type?: string }).type === type) as never
}
