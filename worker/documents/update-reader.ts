import { ByteReader } from '../../src/protocol/documents/byte-reader.ts'
import { nestingOf } from '../../src/protocol/json.ts'

/** How deep objects and arrays may lie in each other in a value that a document holds. */
const deepest = 100

/**
 * Reads what Yjs and lib0 write, and trusts nothing: what is not there, is too long or is no text is refused with
 * `invalid-message`, before anything is made of it. Objects and arrays in values are counted in {@link nodes}.
 */
export class UpdateReader extends ByteReader {
  /** How many objects and arrays the values that were read hold. */
  nodes = 0

  /** How many bytes are still to be read. */
  get left(): number {
    return this.bytes.length - this.at
  }

  /** Refuses what is being read. */
  fail(why: string): never {
    throw this.mistake(`byte ${this.at}`, why)
  }

  byte(): number {
    return this.bytes[this.at++] ?? this.fail('expected a byte, received the end')
  }

  /** A whole number of at most `most`, seven bits a byte. */
  uint(most = Number.MAX_SAFE_INTEGER): number {
    const number = this.varUint('number')
    return number <= most ? number : this.fail(`expected a number of at most ${most}`)
  }

  /** How many things follow, each of which takes `size` bytes at least. */
  count(size: number): number {
    const count = this.uint()
    if (count * size > this.left) this.fail(`expected at most ${this.left} bytes more, received a count of ${count}`)
    return count
  }

  skip(length: number): void {
    if (length > this.left) this.fail(`expected ${length} bytes more, received ${this.left}`)
    this.at += length
  }

  /** A text in well-formed UTF-8, behind its length in bytes. */
  string(): string {
    return this.varText('text')
  }

  /** Passes over a value as JSON in a text; in some places there is a word for `undefined`. */
  json(orUndefined = false): void {
    const text = this.string()
    if (orUndefined && text === 'undefined') return
    const { depth, count } = nestingOf(text)
    this.nodes += count
    if (depth > deepest) this.#tooDeep()
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
        // Its first byte has six bits of it, and a sign.
        if (first >= 128) this.uint(Math.floor(Number.MAX_SAFE_INTEGER / 64))
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
        this.string()
        return undefined
      case 118: {
        this.#enter(depth)
        const keys: string[] = []
        for (let left = this.count(2); left > 0; left--) {
          const key = this.string()
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

  #enter(depth: number): void {
    this.nodes++
    if (depth >= deepest) this.#tooDeep()
  }

  #tooDeep(): never {
    return this.fail(`expected values at most ${deepest} deep`)
  }
}
