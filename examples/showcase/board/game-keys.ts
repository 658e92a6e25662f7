import type { Place } from '../arena.ts'

const directions: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ArrowLeft', [-1, 0]],
  ['ArrowRight', [1, 0]],
  ['ArrowUp', [0, -1]],
  ['ArrowDown', [0, 1]],
])

/** Out of the field, wherever one is in it. */
const far = 640

/**
 * Steers by the arrow keys that are held, two at a time for what is between them. `from` is where one is; `go` is told where to, and
 * `null` once none is held any more.
 */
export function createSteering(from: () => Place | undefined, go: (to: Place | null) => void) {
  const held = new Set<string>()
  const steer = () => {
    const at = from()
    let [right, down] = [0, 0]
    for (const key of held) {
      right += directions.get(key)![0]
      down += directions.get(key)![1]
    }
    if (right === 0 && down === 0) go(null)
    else if (at) go({ x: Math.round(at.x + right * far), y: Math.round(at.y + down * far) })
  }
  return {
    press(event: KeyboardEvent): void {
      if (!directions.has(event.key) || event.ctrlKey || event.metaKey || event.altKey) return
      // What would scroll.
      event.preventDefault()
      if (held.has(event.key)) return
      held.add(event.key)
      steer()
    },
    release(event: KeyboardEvent): void {
      if (held.delete(event.key)) steer()
    },
    /** No key is heard of any more. */
    letGo(): void {
      if (held.size === 0) return
      held.clear()
      go(null)
    },
  }
}
