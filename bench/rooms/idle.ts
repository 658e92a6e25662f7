import { setTimeout as pause } from 'node:timers/promises'
import { Crowd, fill, type Place } from './crowd.ts'
import { open } from './schema.ts'
import type { Workerd } from './workerd.ts'
import { creations, recordName, retitle } from './write.ts'

export interface Idle {
  readonly what: 'bare' | 'empty' | 'filled'
  /** Bytes of memory a connection; `NaN` where that cannot be measured. */
  readonly memory: number
}

export interface Woken {
  readonly served: number
  readonly micros: number
  readonly wrong: readonly string[]
}

/** How many records the filled room has. */
export const records = 2000

const places: Readonly<Record<Idle['what'], Place>> = {
  bare: { room: 'idle', kind: 'bare' },
  empty: { room: 'idle-empty', kind: 'v1', asks: [open.name] },
  filled: { room: 'idle-filled', kind: 'v1', asks: [open.name] },
}

/** How long the room has to come to rest before its memory is looked at. */
const rest = 500
/** What the first connections bring with them is the room's, and no connection's. */
const first = 100

/** Connections that do nothing, to the bare object and to rooms of ours, where each has one subscription. */
export class IdleCrowds {
  readonly #workerd: Workerd
  readonly #size: number
  readonly #crowds: Crowd[] = []

  constructor(workerd: Workerd, size: number) {
    this.#workerd = workerd
    this.#size = size
  }

  async *open(): AsyncGenerator<Idle> {
    await fill(this.#workerd, places.filled.room, creations(open.name, records))
    for (const what of ['bare', 'empty', 'filled'] as const) {
      const place = places[what]
      this.#crowds.push(await Crowd.open(this.#workerd, first, place))
      const before = await this.#memory()
      this.#crowds.push(await Crowd.open(this.#workerd, this.#size, place))
      yield { what, memory: ((await this.#memory()) - before) / this.#size }
    }
  }

  /** Puts the room with records to sleep; one write wakes it, and everybody is to be told. */
  async wake(): Promise<Woken> {
    const crowd = this.#crowds.at(-1)!
    await this.#workerd.sleep(places.filled.room)
    const { unserved, counted, micros } = await crowd.deliver([retitle(open.name, recordName(0), true)])
    const served = this.#size - unserved
    const wrong =
      unserved > 0 || counted !== this.#size
        ? [`after its sleep the room told ${counted} changes to ${served} of ${this.#size} connections`]
        : []
    return { served, micros, wrong }
  }

  close(): void {
    for (const crowd of this.#crowds) crowd.close()
  }

  async #memory(): Promise<number> {
    await pause(rest)
    return this.#workerd.memory
  }
}
