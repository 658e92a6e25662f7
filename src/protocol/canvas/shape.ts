import type { Json } from '../json.ts'

/** What the author of a shape says of it. */
export interface ShapeFields {
  /** What kind of shape it is, for whoever draws it; default `rect`. */
  readonly type: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly rotation?: number
  /** Whatever else the app knows of it. Each key is a field of its own: two who change two of them both succeed. */
  readonly props: Readonly<Record<string, Json>>
}

/** A shape as everybody sees it. */
export interface Shape extends ShapeFields {
  readonly id: string
  /** Its place in front of others: the shape with the greater one, compared as text, covers the other; of equals the one with the greater id. */
  readonly z: string
  readonly createdBy: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
}

/**
 * A change of a shape: the fields that it sets, and of `props` the keys. `unset` names the fields that go, `rotation` and
 * `props.color`: a key of `props` may be called `rotation` too.
 */
export interface ShapeChange extends Partial<Omit<ShapeFields, 'props'>> {
  readonly props?: Readonly<Record<string, Json>>
  readonly z?: string
  readonly unset?: readonly string[]
}

/** What is seen of the canvas by somebody, in its own units. */
export interface View {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly zoom: number
}
