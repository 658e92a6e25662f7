/** Text that is looked for. What it costs follows the lengths of both alone, never what they say. */
export interface Pattern {
  isIn(text: string): boolean
  /** What {@link isIn} costs at most, in steps of about a nanosecond. */
  steps(text: string): number
}

/** Up to this length the engine's own search is the faster one, whatever it meets. */
const short = 16

/** Text that begins so, case and all. */
export function beginning(start: string): Pattern {
  return { isIn: (text) => text.startsWith(start), steps: () => start.length }
}

/** Text with this in it, case and all. */
export function containing(piece: string): Pattern {
  if (piece.length <= short) return { isIn: (text) => text.includes(piece), steps: ({ length }) => length }
  const { find } = pieceOf(piece, '')
  return { isIn: (text) => find([...text], 0) >= 0, steps: ({ length }) => length * wordsFor(piece) }
}

/** Text in the form of a `like`: `%` for anything, `_` for one character, whatever the case. */
export function like(pattern: string): Pattern {
  const [first, ...others] = pattern
    .toLowerCase()
    .split('%')
    .map((piece) => pieceOf(piece, '_'))
  const last = others.pop()
  return {
    steps: ({ length }) => length * wordsFor(pattern),
    isIn(text) {
      const characters = [...text.toLowerCase()]
      const end = characters.length - (last ?? first!).length
      if (!first!.isAt(characters, 0) || !last) return end === 0 && first!.isAt(characters, 0)
      let at = first!.length
      // The others follow each other as early as they can, and leave room for the last one.
      for (const piece of others) {
        const found = piece.find(characters, at)
        if (found < 0) return false
        at = found + piece.length
      }
      return at <= end && last.isAt(characters, end)
    },
  }
}

function wordsFor({ length }: string): number {
  return (length >> 5) + 1
}

/** A part of a pattern, to be found among characters. */
interface Piece {
  readonly length: number
  isAt(characters: readonly string[], at: number): boolean
  /** The first place from one on, or -1. */
  find(characters: readonly string[], from: number): number
}

/** Shift-And: which beginnings of the piece end at a character, a bit each, for all of them at once. (A shift looks at the last five bits of how far.) */
function pieceOf(text: string, wildcard: string): Piece {
  const piece = [...text]
  const { length } = piece
  const words = wordsFor(text)
  const places = new Map<string, Uint32Array>()
  const bitsOf = (character: string): Uint32Array => places.get(character) ?? places.get(wildcard) ?? nowhere
  const nowhere = new Uint32Array(words)
  for (const character of [wildcard, ...piece]) {
    const bits = new Uint32Array(words)
    for (const [index, each] of piece.entries()) {
      if (each === character || each === wildcard) bits[index >> 5]! |= 1 << index
    }
    places.set(character, bits)
  }
  return {
    length,
    isAt: (characters, at) =>
      piece.every(
        (each, index) => each === characters[at + index] || (each === wildcard && at + index < characters.length),
      ),
    find(characters, from) {
      const ends = new Uint32Array(words)
      for (let at = from; length > 0 && at < characters.length; at++) {
        const bits = bitsOf(characters[at]!)
        let carry = 1
        for (let word = 0; word < words; word++) {
          const before = ends[word]!
          ends[word] = ((before << 1) | carry) & bits[word]!
          carry = before >>> 31
        }
        if ((ends[(length - 1) >> 5]! >>> (length - 1)) & 1) return at - length + 1
      }
      return length > 0 ? -1 : from
    },
  }
}
