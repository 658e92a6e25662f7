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
      if (mutators.test(String(key))) return readOnly
      return (...args: unknown[]) => member.apply(source.rows(), args)
    },
    has(_target, key) {
      source.track()
      return key in source.rows()
    },
    ownKeys() {
      source.track()
      return Reflect.ownKeys(source.rows())
    },
    getOwnPropertyDescriptor(_target, key) {
      source.track()
      return Reflect.getOwnPropertyDescriptor(source.rows(), key)
    },
    set: readOnly,
    defineProperty: readOnly,
    deleteProperty: readOnly,
  })
}

const mutators = /^(copyWithin|fill|pop|push|reverse|shift|sort|splice|unshift)$/

function readOnly(): never {
  throw new TypeError('The records of a query are read-only: copy them, or use toSorted() and the like')
}

function isIndex(key: PropertyKey): boolean {
  return typeof key === 'string' && key >= '0' && key < ':'
}
