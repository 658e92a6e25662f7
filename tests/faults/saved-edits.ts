import { type DocumentPlace, nameOfPlace } from './notes.ts'

/** An edit of which its author was told that it is stored. */
export interface SavedEdit {
  readonly by: string
  readonly update: Uint8Array
}

/** What authors were told is stored, by document. */
export class SavedEdits {
  readonly #byPlace = new Map<string, SavedEdit[]>()
  readonly #told: () => void

  /** `told` is called each time that somebody was told so. */
  constructor(told: () => void) {
    this.#told = told
  }

  /** Somebody was told that these edits are stored. */
  note(place: DocumentPlace, by: string, updates: readonly Uint8Array[]): void {
    const name = nameOfPlace(place)
    const known = this.#byPlace.get(name) ?? []
    this.#byPlace.set(name, known)
    for (const update of updates) known.push({ by, update })
    this.#told()
  }

  of(place: DocumentPlace): readonly SavedEdit[] {
    return this.#byPlace.get(nameOfPlace(place)) ?? []
  }
}
