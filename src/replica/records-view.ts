import type { Row } from './row.ts'

/** What a view shows: the rows, and how to subscribe to their being there and their order. */
export interface ViewSource {
  track(): void
  length(): number
  rows(): readonly Row[]
}

/**
 * A read-only array of rows that is the same object for as long as its query lives, like an array in a Solid store:
 * whatever reads it inside a computation runs again when a row enters, leaves or moves. Its length costs nothing;
 * everything else reads the list as one array, which is made at most once a change.
 */
export function createRecordsView(source: ViewSource): readonly Row[] {
  return new Proxy([] as Row[], {
    get(_target, key) {
      source.track()
      if (key === 'length') return source.length()
      if (isIndex(key)) return source.rows()[Number(key)]
      const member = (source.rows() as unknown as Record<PropertyKey, unknown>)[key]
      if (typeof member !== 'function' || key === 'constructor') return member
      if (mutators.has(key)) return readOnly
      return (...args: unknown[]) => member.apply(source.rows(), args)
    },
    has(_target, key) {
      source.track()
      return isIndex(key) ? Number(key) < source.length() : key in Array.prototype
    },
    ownKeys() {
      source.track()
      return [...source.rows().keys()].map(String).concat('length')
    },
    getOwnPropertyDescriptor(target, key) {
      source.track()
      if (key === 'length') return { ...Reflect.getOwnPropertyDescriptor(target, key)!, value: source.length() }
      if (!isIndex(key) || Number(key) >= source.length()) return undefined
      return { value: source.rows()[Number(key)], enumerable: true, configurable: true, writable: false }
    },
    set: readOnly,
    defineProperty: readOnly,
    deleteProperty: readOnly,
  })
}

const mutators: ReadonlySet<PropertyKey> = new Set([
  'copyWithin',
  'fill',
  'pop',
  'push',
  'reverse',
  'shift',
  'sort',
  'splice',
  'unshift',
])

function readOnly(): never {
  throw new TypeError('The records of a query are read-only: copy them first, or use toSorted() and the like')
}

function isIndex(key: PropertyKey): boolean {
  if (typeof key !== 'string' || key.length === 0) return false
  const first = key.charCodeAt(0)
  return first >= 48 && first <= 57
}
