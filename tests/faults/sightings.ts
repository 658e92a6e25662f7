/** What everybody has seen of each record, in the order in which they saw it. */
export class Sightings {
  readonly #seen = new Map<string, Map<string, (string | null)[]>>()

  /** Somebody saw what a write had put into a record; `null`: that it was deleted. */
  see(observer: string, recordId: string, stamp: string | null): void {
    const records = this.#seen.get(observer) ?? new Map<string, (string | null)[]>()
    const stamps = records.get(recordId) ?? []
    this.#seen.set(observer, records.set(recordId, stamps))
    if (stamps.length === 0 || stamps.at(-1) !== stamp || stamp === null) stamps.push(stamp)
  }

  /** Everything: who, which record, and what they saw of it. */
  *all(): Generator<readonly [observer: string, recordId: string, stamps: readonly (string | null)[]]> {
    for (const [observer, records] of this.#seen) {
      for (const [recordId, stamps] of records) yield [observer, recordId, stamps]
    }
  }
}
