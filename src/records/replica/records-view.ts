import { $RAW } from 'solid-js/store'
import { readOnly, readOnlyTraps } from '../../live/read-only.ts'
import type { RecordEnvelope } from '../../protocol/records/record.ts'

/** What a view shows: the records, and how to subscribe to their being there and their order. */
export interface ViewSource {
  track(): void
  length(): number
  /** The same array until the list changes. */
  records(): readonly RecordEnvelope[]
}

/**
 * A read-only array of records that is the same object for as long as its query lives, like an array in a Solid store:
 * whatever reads it inside a computation runs again when a record enters, leaves or moves. Its length costs nothing;
 * everything else reads the list as one array, which is made at most once a change.
 */
export function createRecordsView(source: ViewSource): readonly RecordEnvelope[] {
  const { records } = source
  return new Proxy([] as RecordEnvelope[], {
    get(_target, key) {
      source.track()
      if (key === 'length') return source.length()
      // A store that takes the list in takes a copy.
      if (key === $RAW) return structuredClone(records())
      const member = (records() as unknown as Record<PropertyKey, unknown>)[key]
      if (typeof member !== 'function' || key === 'constructor') return member
      if (mutators.test(String(key))) return readOnly
      // Every callback is handed the list, and is not to write into ours.
      return (...args: unknown[]) =>
        member.apply(typeof args[0] === 'function' ? Object.freeze([...records()]) : records(), args)
    },
    has(_target, key) {
      source.track()
      return key in records()
    },
    ownKeys() {
      source.track()
      return Reflect.ownKeys(records())
    },
    getOwnPropertyDescriptor(_target, key) {
      source.track()
      return Reflect.getOwnPropertyDescriptor(records(), key)
    },
    ...readOnlyTraps,
  })
}

const mutators = /^(copyWithin|fill|pop|push|reverse|shift|sort|splice|unshift)$/
