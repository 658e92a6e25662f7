import { type Accessor, createComputed, createSignal, untrack } from 'solid-js'
import { pageArrival } from '../connection/arrival.ts'
import type { ConnectionStatus } from '../connection/connection.ts'
import { createRoomClient } from '../connection/create-room-client.ts'
import type { RoomId } from '../connection/room-id.ts'
import { fieldsIn } from '../protocol/canvas/fields.ts'
import type { Viewport } from '../protocol/canvas/messages.ts'
import { readShapeId, readView } from '../protocol/canvas/read-shape.ts'
import type { Shape, ShapeFields, View } from '../protocol/canvas/shape.ts'
import { DeepSpaceError } from '../protocol/errors.ts'
import type { Json } from '../protocol/json.ts'
import { CanvasClient, notConnected } from './canvas-client.ts'
import { checkedChange } from './checked.ts'

/** What `props` of shapes are where the app does not say it. */
export type AnyProps = Readonly<Record<string, Json>>

/** A shape of a canvas: read-only, live, and the same object for as long as the shape is there. */
export type CanvasShape<Props extends object = AnyProps> = Omit<Shape, 'props'> & { readonly props: Readonly<Props> }

/** A shape that is to be: what is left out is `rect`, 0, 0, 100, 100 and `{}`. */
export type NewShape<Props extends object = AnyProps> = Partial<Omit<ShapeFields, 'props'>> & {
  /** Default: a random one. */
  readonly id?: string | undefined
  readonly props?: Readonly<Props>
}

/** Which fields of a shape are to change: those that are named, and of `props` each key on its own. */
export type CanvasChange<Props extends object = AnyProps> = Partial<Omit<ShapeFields, 'props'>> & {
  readonly props?: Partial<Props>
  /** A place between others, by a key of fractional indexing. */
  readonly z?: string
  /** What goes: `rotation`, and keys of `props`, as `props.color`. */
  readonly unset?: readonly ('rotation' | `props.${keyof Props & string}`)[]
}

/**
 * Shapes that many move at once. Its properties are tracked getters: read them where they are used, do not destructure.
 *
 * What changes throws a `DeepSpaceError` before anything is shown: `not-connected` before the canvas is there for the first
 * time, `denied` where we may not write, `not-found` for a shape that is not there, `invalid-field` for a value that no shape can
 * have, `invalid-message` for what is no id and no viewport.
 */
export interface Canvas<Props extends object = AnyProps> {
  /** The shapes by their ids. */
  readonly shapes: Readonly<Record<string, CanvasShape<Props>>>
  /** The shapes from the back to the front: the same array until one comes, goes, or has another `z`. */
  readonly ordered: readonly CanvasShape<Props>[]
  /** Where others look, one for each connection, each the same object for as long as it is there. */
  readonly viewports: readonly Viewport[]
  /** As that of `createConnection`; `off` without an id. */
  readonly status: ConnectionStatus | 'off'
  /** Why we are refused, or why the last attempt to connect failed. */
  readonly error: DeepSpaceError | undefined
  /** Whether what the room has is there. It stays so while we are offline. */
  readonly synced: boolean
  /** Whether the canvas is there and the room lets us write, as it has said last. */
  readonly canWrite: boolean
  /** Whether everything that was done here is stored by the room. While it is not, leaving the page may lose it. */
  readonly saved: boolean
  /** Whether there is something of ours to undo, and a connection to do it on. */
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** Adds a shape in front of all others, and gives its id at once. Throws `duplicate` where the id is taken. */
  readonly add: (shape: NewShape<Props>) => string
  readonly move: (id: string, to: { readonly x?: number; readonly y?: number }) => void
  readonly resize: (
    id: string,
    to: { readonly width?: number; readonly height?: number; readonly x?: number; readonly y?: number },
  ) => void
  readonly update: (id: string, change: CanvasChange<Props>) => void
  readonly remove: (id: string) => void
  readonly bringToFront: (id: string) => void
  /** Tells others where we look, now and on later connections. It needs no right to write. */
  readonly setViewport: (view: View) => void
  /**
   * Makes everything that is changed by way of this canvas until the function returns, or the promise that it gives settles, one
   * step to undo. One within another is part of it. Gives what the function gives.
   */
  readonly gesture: <T>(work: () => T) => T
  /** Undoes the last step of ours, but for what others have changed since. Throws `not-connected` without a connection. */
  readonly undo: () => void
  readonly redo: () => void
  /** Drops the socket, if there is one, and connects at once. Without an id it does nothing. */
  readonly reconnect: () => void
  /** Sends what waits, drops the socket and stays offline until `reconnect`. Without an id it does nothing. */
  readonly disconnect: () => void
}

/**
 * A canvas of its own at `/ws/canvas/<canvasId>`, a `CanvasRoom` of the worker. `canvasId` may be an accessor; without one it is
 * switched off. Components that name the same share one canvas and one connection, which stay for `keepFor` after the last has
 * gone. Throws where no `RecordProvider` is above.
 *
 * What is done here is shown at once. Offline it goes on, and is sent on return; what the room refuses is taken back and told to
 * `onError` of the provider. Nothing is kept beyond the page.
 *
 * @example
 * const board = createCanvas<{ color: string }>(() => props.id)
 * <For each={board.ordered}>
 *   {(shape) => <rect x={shape.x} y={shape.y} width={shape.width} height={shape.height} fill={shape.props.color} />}
 * </For>
 */
export function createCanvas<Props extends object = AnyProps>(canvasId: RoomId | Accessor<RoomId>): Canvas<Props> {
  const arrival = pageArrival()
  const { client, isNamed } = createRoomClient(
    'createCanvas',
    'canvas',
    canvasId,
    (door) => new CanvasClient(door),
    (client) => client.flush,
  )
  /** What is to be seen of it. The server has rendered nothing, and so does the browser at first. */
  const shown = (): CanvasClient | undefined => (arrival?.isComing() ? undefined : client())
  const writable = (): CanvasClient => {
    const there = untrack(client)
    if (!there?.synced.now) throw notConnected()
    if (!there.canWrite.now) throw new DeepSpaceError('denied', 'Write access denied')
    return there
  }
  const [view, setView] = createSignal<View>()
  createComputed(() => {
    const seen = view()
    if (seen) client()?.look(seen)
  })

  /** The gesture that is going on, and how many have a part in it. */
  let gesture: string | undefined
  let parts = 0
  const end = (): void => {
    if (--parts === 0) gesture = undefined
  }

  const update = (id: string, given: object): void => {
    const there = writable()
    const change = checkedChange(id, given)
    if (fieldsIn(change).length > 0) there.write({ op: 'set', id, change }, gesture)
  }
  return {
    get shapes() {
      return (shown()?.shapes.shown ?? none) as never
    },
    get ordered() {
      return (shown()?.shapes.list ?? []) as never
    },
    get viewports() {
      return shown()?.viewports.list ?? []
    },
    get status() {
      return isNamed() ? (client()?.connection.status() ?? 'connecting') : 'off'
    },
    get error() {
      return client()?.connection.error()
    },
    get synced() {
      return shown()?.synced() ?? false
    },
    get canWrite() {
      return shown()?.canWrite() ?? false
    },
    get saved() {
      return shown()?.saved() ?? true
    },
    get canUndo() {
      return shown()?.canUndo() ?? false
    },
    get canRedo() {
      return shown()?.canRedo() ?? false
    },
    add({ id = crypto.randomUUID(), ...fields }) {
      const there = writable()
      there.write({ op: 'add', id: readShapeId(id), shape: checkedChange(id, fields) }, gesture)
      return id
    },
    move: update,
    resize: update,
    update,
    remove: (id) => writable().write({ op: 'remove', id }, gesture),
    bringToFront: (id) => writable().write({ op: 'front', id }, gesture),
    setViewport: (view) => setView(readView({ ...view })),
    gesture(work) {
      gesture ??= crypto.randomUUID()
      parts++
      let given: ReturnType<typeof work> | undefined
      try {
        given = work()
      } finally {
        if (given instanceof Promise) given.then(end, end)
        else end()
      }
      return given!
    },
    undo: () => writable().step('canvas.undo'),
    redo: () => writable().step('canvas.redo'),
    reconnect: () => untrack(client)?.connection.reconnect(),
    disconnect() {
      const there = untrack(client)
      there?.flush()
      there?.connection.disconnect()
    },
  }
}

const none = Object.freeze({})
