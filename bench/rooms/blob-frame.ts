/** What is asked of the bare object, by the first byte of a frame that is none of the protocol's. */
export const asked = { put: 200, open: 201 } as const

/** A frame for the bare object. */
export function pick(what: keyof typeof asked, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(bytes.length + 1)
  frame[0] = asked[what]
  frame.set(bytes, 1)
  return frame
}
