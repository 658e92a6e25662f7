import { DeepSpaceError } from '../errors.ts'

/** Seven bits a byte: so many take every number up to 2^53, and more could only be padding without end. */
const longestVarUint = 8

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a binary frame from its beginning. Whatever is not there is a `DeepSpaceError` with the code `invalid-message` that
 * says in which part of which frame, what was expected and what came: lib0's own decoder reads padding as `NaN` and throws
 * errors without a place.
 */
export class ByteReader {
  readonly bytes: Uint8Array
  /** How many bytes have been read. */
  at = 0
  /** What the frame is called in messages. */
  readonly #frame: string

  constructor(bytes: Uint8Array, frame: string) {
    this.bytes = bytes
    this.#frame = frame
  }

  /** A whole number, little-endian in base 128 as in lib0, below 2^53. */
  varUint(part: string): number {
    let value = 0
    for (let index = 0; index < longestVarUint; index++) {
      const byte = this.bytes[this.at + index]
      if (byte === undefined) throw this.mistake(part, `expected a number, received ${this.#ending(index)}`)
      value += (byte & 127) * 128 ** index
      if (byte > 127) continue
      if (value > Number.MAX_SAFE_INTEGER) break
      this.at += index + 1
      return value
    }
    throw this.mistake(part, 'expected a number below 2^53, received a greater one')
  }

  /** Bytes with their number before them: a view of the frame, no copy. */
  varBytes(part: string): Uint8Array {
    const length = this.varUint(`length of the ${part}`)
    const left = this.bytes.length - this.at
    if (length > left) throw this.mistake(part, `expected ${length} bytes, received ${left}`)
    const bytes = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return bytes
  }

  /** Text in UTF-8, with the number of its bytes before it. */
  varText(part: string): string {
    return this.text(part, this.varBytes(part))
  }

  /** What bytes say in UTF-8. */
  text(part: string, bytes: Uint8Array): string {
    try {
      return utf8.decode(bytes)
    } catch {
      throw this.mistake(part, 'expected UTF-8, received other bytes')
    }
  }

  /** Nothing may follow: bytes that nobody reads are a misunderstanding. */
  end(): void {
    const left = this.bytes.length - this.at
    if (left > 0) throw this.mistake('end', `expected nothing more, received bytes: ${left}`)
  }

  /** The error for a part that was read and is not what it should be. */
  mistake(part: string, why: string, code: 'invalid-message' | 'too-large' = 'invalid-message'): DeepSpaceError {
    const begin = code === 'too-large' ? 'Too large' : 'Invalid message'
    return new DeepSpaceError(code, `${begin}: ${this.#frame}: ${part}: ${why}`)
  }

  #ending(index: number): string {
    return index === 0 ? 'the end of the frame' : 'the end of the frame in its middle'
  }
}
