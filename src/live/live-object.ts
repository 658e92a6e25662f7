import { differing, Fields, reads } from './fields.ts'

/**
 * An object of JSON that components read field by field, the same object for as long as what it speaks of is there. Whoever
 * reads a field runs again when that field says something else, and not when another does.
 */
export class LiveObject<T extends object> extends Fields<T> {
  /** What components hold of it: read-only, and live. */
  readonly shown: T
  #fields: T

  /** `handler` says how it is read, where not each field as it is. */
  constructor(fields: T, handler = reads) {
    super()
    this.#fields = fields
    this.shown = new Proxy<Fields>(this, handler) as unknown as T
  }

  get fields(): T {
    return this.#fields
  }

  /** Puts other fields in place of all of them, and runs who has read one that says something else now. Call it in a batch. */
  assign(next: T): void {
    const before = this.#fields
    // What came may have been handed out, and be frozen.
    const after = { ...next }
    const changed = differing(before, after)
    this.#fields = after
    this.tell(changed, before)
  }
}
