import { type AwarenessEntry, encodeAwareness } from '../../src/protocol/documents/awareness-update.ts'

/** How much goes into one update: stock clients send it back whole, and what comes back has to pass. */
const updateEntries = 1000
const updateBytes = 256 * 1024

/** Updates that together tell of entries, none of them too long to come back. */
export function updatesOf(entries: readonly AwarenessEntry[]): Uint8Array[] {
  const updates: Uint8Array[] = []
  let next: AwarenessEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    const more = 3 * entry.state.length
    if (next.length === updateEntries || (next.length > 0 && bytes + more > updateBytes)) {
      updates.push(encodeAwareness(next))
      next = []
      bytes = 0
    }
    next.push(entry)
    bytes += more
  }
  if (next.length > 0) updates.push(encodeAwareness(next))
  return updates
}
