import { generateKeyBetween } from 'fractional-indexing'

/** A `z` in front of the greatest that there is. */
export function inFrontOf(front: string | null): string {
  return generateKeyBetween(front, null)
}

/** Says why a text is no `z`. */
export function whyNoLayer(z: string): string | undefined {
  try {
    generateKeyBetween(z, null)
    return undefined
  } catch {
    return 'expected a fractional index, as z of other shapes is one'
  }
}
