import type { Shape, ShapeChange } from './shape.ts'

/** A shape as a change leaves it; the shape itself stays as it is. */
export function changedShape(shape: Shape, { props, unset = [], ...fields }: ShapeChange): Shape {
  const next = { ...shape, ...fields, props: { ...shape.props, ...props } }
  for (const name of unset) {
    if (name === 'rotation') delete next.rotation
    else delete next.props[name.slice('props.'.length)]
  }
  return next
}
