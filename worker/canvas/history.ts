import type { Steps } from '../../src/protocol/canvas/messages.ts'
import type { Shape } from '../../src/protocol/canvas/shape.ts'
import type { StoredStep, StoredSteps } from './canvas-storage.ts'
import { type Doing, Step } from './step.ts'

/** How many steps of each kind a user has. */
const mostSteps = 100
/** How long a step may be as JSON; one that becomes longer cannot be undone. */
const mostStepBytes = 1024 * 1024
/** How long all steps of a user may be together. */
const mostBytes = 4 * 1024 * 1024
/** For how long after a change one of the same fields belongs to it, where no gesture says so, in milliseconds. */
const together = 500
/** A step to which nothing has been added for so long has ended, as far as storing it is concerned. */
const settledAfter = 200

type Direction = 'undo' | 'redo'

interface Numbered {
  readonly step: Step
  /** Greater than that of all steps before, in either direction. */
  readonly number: number
  /** Whether it is not stored as it is, and whether that is to be done without waiting for its end. */
  unstored: 'no' | 'once it ends' | 'at once'
}

/** What one user can undo and redo. */
export class History {
  readonly #steps: Record<Direction, Numbered[]> = { undo: [], redo: [] }
  #next = 0
  /** Whether any stands in storage that is not here any more. */
  #hasGone = false

  /** With the steps that were stored, in their order. */
  constructor(stored: readonly StoredStep[] = []) {
    for (const { number, isRedo, json } of stored) {
      this.#steps[isRedo ? 'redo' : 'undo'].push({ step: Step.decode(json), number, unstored: 'no' })
      this.#next = number + 1
    }
  }

  get counts(): Steps {
    return { undo: this.#steps.undo.length, redo: this.#steps.redo.length }
  }

  /** The user has done something new. */
  note(doing: Doing, now: number, gesture?: string): void {
    this.#drop('redo', this.#steps.redo.length)
    const open = this.#openFor(doing, now, gesture)
    if (open?.step.note(doing)) {
      open.step.at = now
      if (open.unstored === 'no') open.unstored = 'once it ends'
      if (!doing.fields) open.unstored = 'at once'
      if (open.step.isEmpty || open.step.bytes > mostStepBytes) this.#forget(open)
    } else this.#push('undo', Step.of([doing], now, gesture), doing.fields ? 'once it ends' : 'at once')
    this.#bound()
  }

  /**
   * Undoes, or redoes, the last that still has an effect. `effect` does what is given to it, and gives what was really done;
   * where it throws, the step stays.
   */
  turn(direction: Direction, now: (id: string) => Shape | undefined, effect: (doings: Doing[]) => Doing[]): void {
    for (let last = this.#steps[direction].at(-1); last; last = this.#steps[direction].at(-1)) {
      const done = effect(last.step.undoing(now))
      this.#forget(last)
      if (done.length === 0) continue
      this.#push(direction === 'undo' ? 'redo' : 'undo', Step.of(done, 0), 'at once')
      return this.#bound()
    }
  }

  /** What is to be stored now: all of it, or what has ended. */
  unstored(now: number): Omit<StoredSteps, 'user'> | undefined {
    const all = [...this.#steps.undo, ...this.#steps.redo]
    const due = all.filter((each) => this.#isDue(each, now))
    if (due.length === 0 && !this.#hasGone) return undefined
    const redo = new Set(this.#steps.redo)
    return {
      kept: new Set(all.map(({ number }) => number)),
      changed: due.map((each) => ({ number: each.number, isRedo: redo.has(each), json: each.step.encode() })),
    }
  }

  /** What {@link unstored} has given at that moment is stored. */
  stored(now: number): void {
    this.#hasGone = false
    for (const each of [...this.#steps.undo, ...this.#steps.redo]) if (this.#isDue(each, now)) each.unstored = 'no'
  }

  /** The user is gone: nothing is added to any step. */
  end(): void {
    for (const each of this.#steps.undo) if (each.unstored === 'once it ends') each.unstored = 'at once'
  }

  /** Whether anything is not stored, though it need not be yet. */
  get isPending(): boolean {
    return this.#hasGone || [...this.#steps.undo, ...this.#steps.redo].some(({ unstored }) => unstored !== 'no')
  }

  #isDue({ step, unstored, number }: Numbered, now: number): boolean {
    if (unstored !== 'once it ends') return unstored === 'at once'
    return now - step.at >= settledAfter || number !== this.#steps.undo.at(-1)?.number
  }

  /** The step that something belongs to, if it is not a step of its own. */
  #openFor({ id, fields }: Doing, now: number, gesture?: string): Numbered | undefined {
    const last = this.#steps.undo.at(-1)
    if (gesture !== undefined) return last?.step.gesture === gesture ? last : undefined
    if (!fields) return undefined
    // Of several shapes that are moved in turn each has its step: they do not stand on each other.
    for (const each of this.#steps.undo.toReversed()) {
      const { step } = each
      if (step.gesture !== undefined || now - step.at >= together) return undefined
      if (step.sets(id, fields)) return each
      if (step.has(id)) return undefined
    }
    return undefined
  }

  #push(direction: Direction, step: Step, unstored: Numbered['unstored']): void {
    if (step.bytes > mostStepBytes) return
    this.#steps[direction].push({ step, number: this.#next++, unstored })
  }

  #forget(numbered: Numbered): void {
    for (const direction of ['undo', 'redo'] as const) {
      const at = this.#steps[direction].indexOf(numbered)
      if (at >= 0) this.#steps[direction].splice(at, 1)
    }
    this.#hasGone = true
  }

  /** Forgets the oldest. */
  #drop(direction: Direction, count: number): void {
    if (count <= 0) return
    this.#steps[direction].splice(0, count)
    this.#hasGone = true
  }

  #bound(): void {
    for (const direction of ['undo', 'redo'] as const) {
      this.#drop(direction, this.#steps[direction].length - mostSteps)
    }
    const sum = () => [...this.#steps.undo, ...this.#steps.redo].reduce((bytes, { step }) => bytes + step.bytes, 0)
    while (sum() > mostBytes) this.#drop(this.#steps.undo.length > 0 ? 'undo' : 'redo', 1)
  }
}
