import type { JSX } from 'solid-js'
import { fieldSize, type Place } from '../arena.ts'

/** Where something of the field is on the page. */
export function at({ x, y }: Readonly<Place>): JSX.CSSProperties {
  return { left: `${(x / fieldSize.width) * 100}%`, top: `${(y / fieldSize.height) * 100}%` }
}
