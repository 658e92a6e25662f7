import { type AwarenessEntry, removed } from '../../src/protocol/documents/awareness-update.ts'

/** How many clocks of an id are remembered: an echo takes no longer to come back than as many moves. */
const rememberedClocks = 64

/** What is known of a client id. */
export interface Held<Connection> {
  holder: Connection
  clock: number
  /** As it is passed on; `null` when the client has none, `undefined` when a sleep has lost it. */
  state: string | null | undefined
  /** The clocks under which it was told of late, with a hash of what: who counts on from one of them may meet another. */
  readonly issued: Map<number, number>
  /** When it was last told to everybody. */
  toldAt: number
}

/** A state is told under a new clock. */
export function issue(held: Held<unknown>, clock: number): void {
  held.clock = clock
  held.issued.set(clock, hashOf(held.state ?? removed))
  if (held.issued.size <= rememberedClocks) return
  const [oldest] = held.issued.keys()
  held.issued.delete(oldest!)
}

/** Whether what came is what was told under the same clock: stock clients send back all that they hear. */
export function isEcho({ issued }: Held<unknown>, { clock, state }: AwarenessEntry): boolean {
  return issued.get(clock) === hashOf(state)
}

/** A number that two texts hardly ever share: the texts themselves would be a megabyte an id. */
function hashOf(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}
