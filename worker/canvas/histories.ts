import type { Steps } from '../../src/protocol/canvas/messages.ts'
import type { Identity } from '../edge/identity.ts'
import type { CanvasStorage, StoredSteps } from './canvas-storage.ts'
import { History } from './history.ts'

/** What everybody who is here can undo. A visitor is another user at each connection, and what they have done is not kept. */
export class Histories {
  readonly #storage: CanvasStorage
  readonly #byUser = new Map<string, { readonly history: History; readonly isKept: boolean }>()

  constructor(storage: CanvasStorage) {
    this.#storage = storage
  }

  /** Of a user, as it was stored where it is not here yet. */
  of({ userId, anonymous }: Identity): History {
    const known = this.#byUser.get(userId)
    if (known) return known.history
    const history = new History(anonymous ? [] : this.#storage.stepsOf(userId))
    this.#byUser.set(userId, { history, isKept: !anonymous })
    return history
  }

  countsOf(userId: string): Steps {
    return this.#byUser.get(userId)?.history.counts ?? { undo: 0, redo: 0 }
  }

  /** The user is not here any more. What is stored stays. */
  forget(userId: string): void {
    this.#byUser.delete(userId)
  }

  /** What is to be stored at this moment. */
  unstored(now: number): StoredSteps[] {
    return this.#kept.flatMap(([user, history]) => {
      const steps = history.unstored(now)
      return steps ? [{ user, ...steps }] : []
    })
  }

  /** What {@link unstored} has given is stored. */
  stored(now: number): void {
    for (const [, history] of this.#kept) history.stored(now)
  }

  /** The user is gone. Says whether anything is to be stored of what they can undo. */
  end(userId: string): boolean {
    const known = this.#byUser.get(userId)
    if (!known?.isKept) return false
    known.history.end()
    return known.history.isPending
  }

  get isAnyPending(): boolean {
    return this.#kept.some(([, history]) => history.isPending)
  }

  get #kept(): (readonly [string, History])[] {
    return [...this.#byUser].flatMap(([user, { history, isKept }]) => (isKept ? [[user, history] as const] : []))
  }
}
