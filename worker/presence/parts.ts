import type { PeerPayload } from '../../src/protocol/presence/messages.ts'

/** How long a part gets, in characters of JSON: at most three bytes each, so below 1 MiB. */
const partLength = 256 * 1024

/** Peers in parts of which none makes a frame too long, in order; one part where there are none. */
export function inParts(peers: readonly PeerPayload[]): readonly (readonly PeerPayload[])[] {
  const parts: PeerPayload[][] = [[]]
  let length = 0
  for (const peer of peers) {
    const more = JSON.stringify(peer).length
    if (length > 0 && length + more > partLength) {
      parts.push([])
      length = 0
    }
    parts.at(-1)!.push(peer)
    length += more
  }
  return parts
}
