import type { Awareness } from 'y-protocols/awareness'
import { colorOf } from './user-color.ts'

/** Who somebody is in a document, as the room says it. */
export interface Present {
  readonly id: string
  readonly name: string
}

/**
 * The awareness of a document as the editor draws it: everyone in their own colour. It is given by who the room says they are:
 * what a client says of its colour would stand in a `style` as it is.
 */
export function caretsOf(awareness: Awareness) {
  return {
    doc: awareness.doc,
    on: awareness.on.bind(awareness),
    off: awareness.off.bind(awareness),
    getLocalState: () => awareness.getLocalState(),
    setLocalStateField: (field: string, value: unknown) => awareness.setLocalStateField(field, value),
    getStates: () =>
      new Map([...awareness.getStates()].map(([id, { cursor, user }]) => [id, { cursor, user: user && seen(user) }])),
  }
}

function seen({ id, name }: Present) {
  const color = colorOf(id)
  return { name, color, colorLight: `color-mix(in oklab, ${color} 22%, transparent)` }
}
