import { differing, Fields, reads } from './fields.ts'

/**
 * An object of JSON that components read field by field, the same object for as long as what it speaks of is there. Whoever
 * reads a field runs again when that field says something else, and not when another does.
 */
export class LiveObject<T extends object> extends Fields<T> {
  /** What components hold of it: read-only, and live. */
  readonly shown: T
  #fields: T

  constructor(fields: T) {
    super()
    this.#fields = fields
    this.shown = new Proxy(this, reads) as unknown as T
  }

  get fields(): T {
    return this.#fields
  }

  /** Puts other fields in place of all of them, and runs who has read one that says something else now. Call it in a batch. */
  assign(next: T): void {
    const before = this.#fields
    const changed = differing(before, next)
    this.#fields = next
    this.tell(changed, before)
  }
}
