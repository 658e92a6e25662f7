/** How large a sketch is, in units of its own; a page shows it as large as there is room. */
export const sketchSize = { width: 640, height: 400 } as const

/** How small a shape may be, so that a finger finds it. */
export const smallest = 104

export const shapeKinds = ['box', 'circle', 'diamond'] as const
export type ShapeKind = (typeof shapeKinds)[number]

export const shapeColors = ['amber', 'teal', 'blue', 'rose'] as const
export type ShapeColor = (typeof shapeColors)[number]
