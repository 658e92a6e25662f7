import { createEffect, createRoot, mapArray } from 'solid-js'
import type { Competitor } from '../competitors/competitor.ts'
import type { Field } from './room.ts'

/** What has run since it was mounted. */
export interface Mounted {
  readonly runs: number
  readonly mounts: number
  dispose(): void
}

/** An effect on the length, as a component that shows how many there are. */
export function mountLength(competitor: Competitor): Mounted {
  return mount((ran) =>
    createEffect(() => {
      competitor.length()
      ran()
    }),
  )
}

/** One effect for each of these rows, each reading one field. */
export function mountReaders(competitor: Competitor, positions: readonly number[], field: Field): Mounted {
  return mount((ran) => {
    for (const position of positions) {
      const read = competitor.reader(position, field)
      createEffect(() => {
        read()
        ran()
      })
    }
  })
}

/** What `<For>` does without its DOM: a root a row, and a list of them that follows the rows. */
export function mountList(competitor: Competitor): Mounted {
  return mount((ran, mounted) => {
    const mapped = mapArray(
      () => competitor.rows(),
      (row) => {
        mounted()
        return row
      },
    )
    createEffect(() => {
      mapped()
      ran()
    })
  })
}

function mount(build: (ran: () => void, mounted: () => void) => void): Mounted {
  const mounted = { runs: 0, mounts: 0 }
  return createRoot((dispose) => {
    build(
      () => mounted.runs++,
      () => mounted.mounts++,
    )
    return Object.assign(mounted, { dispose })
  })
}
