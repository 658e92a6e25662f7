import { type Fields, reads } from '../live/fields.ts'
import { LiveObject } from '../live/live-object.ts'
import type { Shape } from '../protocol/canvas/shape.ts'

/** A shape as components read it: field by field, and each key of its `props` as a field of its own. */
export class LiveShape extends LiveObject<Shape> {
  readonly props: LiveObject<Shape['props']>

  constructor(shape: Shape) {
    super(shape, shapeReads as ProxyHandler<Fields>)
    this.props = new LiveObject(shape.props)
  }

  override assign(next: Shape): void {
    super.assign(next)
    this.props.assign(this.fields.props)
  }
}

const shapeReads: ProxyHandler<LiveShape> = {
  ...(reads as ProxyHandler<LiveShape>),
  get: (target, field, receiver) => (field === 'props' ? target.props.shown : reads.get!(target, field, receiver)),
}
