import { setTimeout as later } from 'node:timers/promises'
import type { Ledger } from './ledger.ts'
import type { Person } from './person.ts'
import type { Reader } from './reader.ts'
import { answered, type Observed } from './witness.ts'

/** How long everybody may take to be back once the network is well again, in milliseconds. */
const backWithin = 30_000

/** Waits until everybody is back and has heard everything. Says who is not, if somebody does not come. */
export async function settle(
  crowd: readonly Person[],
  olds: readonly Reader[],
  ledger: Ledger,
): Promise<string | undefined> {
  const deadline = performance.now() + backWithin
  const all: readonly { readonly name: string; readonly line: Observed | undefined }[] = [...crowd, ...olds]
  let quiet = 0
  for (;;) {
    await later(20)
    for (const { connection } of crowd) if (connection.status === 'refused') connection.reconnect()
    const waiting = (
      await Promise.all(
        all.map(async (each) => {
          const { name, line } = each
          if (!line) return `${name} is away`
          const { asked, postponed } = line
          if (postponed.size > 0) return `${name} is to ask ${[...postponed]} again`
          // A line that is lost gives no answer; whoever is at its end must find out.
          if (!(await Promise.race([answered(line), later(1_000, false)]))) return `${name} hears nothing`
          // Whoever has asked something meanwhile is still to be answered.
          return each.line !== line || line.asked > asked ? `${name} asks again` : undefined
        }),
      )
    ).filter((each) => each !== undefined)
    quiet = waiting.length === 0 && ledger.inFlight === 0 ? quiet + 1 : 0
    // The first time everything has come to the room, the second time to everybody else.
    if (quiet === 2) return undefined
    if (performance.now() < deadline) continue
    const names = [...waiting, `${ledger.inFlight} requests wait`].join(', ')
    return `not everybody came back within ${backWithin / 1000} s (C2, C4): ${names}`
  }
}
