import type { ReplyTo } from './frame.ts'

/** What a frame says that is not read: where its answer belongs, and the record and the text that it is about. */
export interface Addressed extends ReplyTo {
  readonly collection?: string
  readonly recordId?: string
  readonly fieldName?: string
}

/** The longest id that is answered to, in characters as they stand in the frame. */
const longestId = 128

/** What a payload may say of where its frame belongs. */
const names: ReadonlySet<string> = new Set<keyof Addressed>([
  'requestId',
  'subscriptionId',
  'collection',
  'recordId',
  'fieldName',
])

/**
 * Where the answer to a frame belongs that is not worth parsing, and what the frame is about: what its payload says under these
 * names, and nothing else that has them, wherever it stands. Of text that is no JSON it says what it finds.
 */
export function addressIn(text: string): Addressed {
  const found: { -readonly [K in keyof Addressed]: Addressed[K] } = {}
  let depth = 0
  /** Where the payload begins, once that is known; and whether we are in it. */
  let payloadAt = -1
  let inPayload = false
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        depth++
        if (at === payloadAt) inPayload = true
        break
      case '}':
      case ']':
        depth--
        if (depth < 2) inPayload = false
        break
      case '"': {
        const end = endOfString(text, at)
        const valueAt = depth === 1 || (depth === 2 && inPayload) ? valueBehind(text, end) : -1
        if (valueAt >= 0) {
          const key = text.slice(at + 1, end)
          if (depth === 1 && key === 'payload' && text[valueAt] === '{') payloadAt = valueAt
          if (depth === 2 && names.has(key)) {
            delete found[key as keyof Addressed]
            const id = stringAt(text, valueAt)
            if (id) found[key as keyof Addressed] = id
          }
        }
        at = end
      }
    }
  }
  return found
}

/** The place of the quote that ends a string; the end of the text when none does. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at)
    if (at < 0) return text.length
    let escapes = 0
    while (text[at - 1 - escapes] === '\\') escapes++
    if (escapes % 2 === 0) return at
  }
}

/** Where the value of a key begins that ends at a place; -1 where no colon follows. */
function valueBehind(text: string, end: number): number {
  const colon = skipSpace(text, end + 1)
  return text[colon] === ':' ? skipSpace(text, colon + 1) : -1
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at++
  return at
}

function stringAt(text: string, at: number): string | undefined {
  if (text[at] !== '"') return undefined
  const end = endOfString(text, at)
  if (end - at - 1 > longestId) return undefined
  try {
    return JSON.parse(text.slice(at, end + 1)) as string
  } catch {
    return undefined
  }
}
