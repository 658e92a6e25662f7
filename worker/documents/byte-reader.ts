import { DeepSpaceError } from '../../src/protocol/errors.ts'

/** How deep objects and arrays may lie in each other in a value that a document holds. */
const deepest = 100

/**
 * Reads what Yjs and lib0 write, and trusts nothing: what is not there, is too long or is no text is refused with
 * `invalid-message`, before anything is made of it. Objects and arrays in values are counted in {@link nodes}.
 */
export class ByteReader {
  /** How many objects and arrays the values that were read hold. */
  nodes = 0
  readonly #bytes: Uint8Array
  readonly #what: string
  #at = 0

  /** `what` is read, as errors name it. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  /** How many bytes have been read. */
  get at(): number {
    return this.#at
  }

  /** How many bytes are still to be read. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** Refuses what is being read. */
  fail(why: string): never {
    throw new DeepSpaceError('invalid-message', `Invalid message: ${this.#what}: ${why} at byte ${this.#at}`)
  }

  /** Refuses what goes on after its end. */
  end(): void {
    if (this.left > 0) this.fail(`expected the end, received ${this.left} bytes more`)
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? this.fail('expected a byte, received the end')
  }

  /** A whole number of at most `most`, seven bits a byte. */
  uint(most = Number.MAX_SAFE_INTEGER): number {
    return this.#digits(0, 1, most)
  }

  /** How many things follow, each of which takes `size` bytes at least. */
  count(size: number): number {
    const count = this.uint()
    if (count * size > this.left) this.fail(`expected at most ${this.left} bytes more, received a count of ${count}`)
    return count
  }

  skip(length: number): void {
    if (length > this.left) this.fail(`expected ${length} bytes more, received ${this.left}`)
    this.#at += length
  }

  /** A text in well-formed UTF-8, behind its length in bytes. */
  text(): string {
    const length = this.uint()
    const from = this.#at
    this.skip(length)
    if (length === 0) return ''
    try {
      return utf8.decode(this.#bytes.subarray(from, this.#at))
    } catch {
      return this.fail('expected UTF-8')
    }
  }

  /** Passes over a value as JSON in a text; in some places there is a word for `undefined`. */
  json(orUndefined = false): void {
    const text = this.text()
    if (orUndefined && text === 'undefined') return
    this.#measure(text)
    try {
      JSON.parse(text)
    } catch {
      this.fail('expected JSON')
    }
  }

  /** Passes over a value as lib0 writes it. Gives the keys of an object, of anything else `undefined`. */
  any(depth = 0): readonly string[] | undefined {
    const kind = this.byte()
    switch (kind) {
      case 127: // undefined
      case 126: // null
      case 121: // false
      case 120: // true
        return undefined
      case 125: {
        const first = this.byte()
        if (first >= 128) this.#digits(first & 63, 64, Number.MAX_SAFE_INTEGER)
        return undefined
      }
      case 124:
        this.skip(4)
        return undefined
      case 123:
      case 122:
        this.skip(8)
        return undefined
      case 119:
        this.text()
        return undefined
      case 118: {
        this.#enter(depth)
        const keys: string[] = []
        for (let left = this.count(2); left > 0; left--) {
          const key = this.text()
          // Assigned to an object, as lib0 does, it would be none of its own keys.
          if (key === '__proto__') this.fail('expected another key than __proto__')
          if (depth === 0) keys.push(key)
          this.any(depth + 1)
        }
        return keys
      }
      case 117:
        this.#enter(depth)
        for (let left = this.count(1); left > 0; left--) this.any(depth + 1)
        return undefined
      case 116:
        this.skip(this.uint())
        return undefined
      default:
        return this.fail(`expected a kind of value from 116 to 127, received ${kind}`)
    }
  }

  #digits(start: number, first: number, most: number): number {
    let number = start
    let factor = first
    for (let digits = 0; digits < longestNumber; digits++) {
      const byte = this.byte()
      number += (byte & 127) * factor
      if (byte < 128) return number <= most ? number : this.fail(`expected a number of at most ${most}`)
      factor *= 128
    }
    return this.fail('expected a number that ends')
  }

  #enter(depth: number): void {
    this.nodes++
    if (depth >= deepest) this.fail(`expected values at most ${deepest} deep`)
  }

  /** Looks how deep a text of JSON goes before it is parsed. */
  #measure(text: string): void {
    let depth = 0
    let quoted = false
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (quoted) {
        if (code === 0x5c) i++
        else if (code === 0x22) quoted = false
      } else if (code === 0x22) quoted = true
      else if (code === 0x5b || code === 0x7b) this.#enter(depth++)
      else if (code === 0x5d || code === 0x7d) depth--
    }
  }
}

/** As lib0 reads texts: what it would refuse is refused here, and a mark of byte order is a character. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** How many bytes the longest number takes that is exact. */
const longestNumber = 8
