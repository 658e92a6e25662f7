import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import { DeepSpaceError } from '../../../src/protocol/errors.ts'

/** Numbers from 0 to 1 that are the same at every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A frame with bytes changed, cut, added or doubled. */
export function mutated(frame: Uint8Array, random: () => number): Uint8Array {
  const bytes = [...frame]
  const at = () => Math.floor(random() * (bytes.length + 1))
  const byte = () => (random() < 0.3 ? 255 : random() < 0.3 ? 128 : Math.floor(random() * 256))
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const kind = random()
    if (kind < 0.4) bytes[Math.min(at(), Math.max(0, bytes.length - 1))] = byte()
    else if (kind < 0.6) bytes.length = at()
    else if (kind < 0.8) bytes.splice(at(), 0, byte())
    else if (kind < 0.9) bytes.splice(at(), 1)
    else bytes.push(...bytes.slice(at()))
  }
  return Uint8Array.from(bytes)
}

/** A frame with one byte changed, mostly by little: what it says is another thing, but mostly something. */
export function altered(frame: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * frame.length)
  const byte = random() < 0.7 ? frame[at]! + Math.floor(random() * 9) - 4 : Math.floor(random() * 256)
  return frame.with(at, byte & 255)
}

/** Says what a decoder makes of bytes: a value, or the code of its refusal. Fails the test for anything else. */
export function outcome<T>(read: (bytes: Uint8Array) => T, bytes: Uint8Array): { value: T } | { code: string } {
  try {
    return { value: read(bytes) }
  } catch (error) {
    if (!(error instanceof DeepSpaceError)) expect.fail(`${[...bytes]}: ${String(error)}`)
    if (error.code !== 'invalid-message' && error.code !== 'too-large') expect.fail(`${[...bytes]}: ${error.code}`)
    return { code: error.code }
  }
}

/**
 * A hundred thousand mutated frames: each is a value or a refusal. Gives how many were which. `read` is told which of the frames it
 * was made of.
 */
export async function storm<T>(
  read: (bytes: Uint8Array, which: number) => T,
  frames: readonly Uint8Array[],
  seed: number,
  change = mutated,
) {
  const random = seeded(seed)
  const counts = { read: 0, refused: 0 }
  // Most of the time would go into the stacks of refusals.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  for (let round = 0; round < 100_000; round++) {
    // The spy's connection to the test rooms has to be heard meanwhile.
    if (round % 5000 === 0) await setImmediate()
    const which = round % frames.length
    const said = outcome((bytes) => read(bytes, which), change(frames[which]!, random))
    counts['value' in said ? 'read' : 'refused']++
  }
  Error.stackTraceLimit = stackTraceLimit
  return counts
}
