import { DeepSpaceError } from '../../src/protocol/errors.ts'
import type { Budget } from '../room/budget.ts'
import type { RecordLimits } from './record-limits.ts'

/** How much one question may take. */
type Bounds = Pick<RecordLimits, 'scannedRecords' | 'scannedLength' | 'comparedSteps'>

/** What is measured of the work on one question, each before it goes on or as it does. */
export interface Meter {
  /** How many more records may be read. */
  readonly recordsLeft: number
  /** So many records will have to be read. */
  foresee(records: number): void
  /** SQLite has looked at so many rows. */
  scanned(rows: number): void
  /** A record of so many characters is read. */
  record(characters: number): void
  /** Conditions take so many steps of about a nanosecond. */
  steps(count: number): void
}

/** What one unit of a budget buys: a record, so many rows that SQLite alone looks at, characters read, steps. */
const rowsPerUnit = 10
const charactersPerUnit = 1024
const stepsPerUnit = 2048

/**
 * The work on one question of somebody, within the limits of the room and at the cost of a budget, if one is given.
 * Each method throws a `DeepSpaceError` with the code `too-large` where a limit is passed.
 */
export class BoundedMeter implements Meter {
  readonly #limits: Bounds
  readonly #budget: Budget | undefined
  #records = 0
  #characters = 0
  #steps = 0

  constructor(limits: Bounds, budget: Budget | undefined) {
    this.#limits = limits
    this.#budget = budget
  }

  get recordsLeft(): number {
    return this.#limits.scannedRecords - this.#records
  }

  foresee(records: number): void {
    const { scannedRecords } = this.#limits
    if (this.#records + records > scannedRecords) throw tooLarge(`reads more than ${scannedRecords} records`)
  }

  scanned(rows: number): void {
    this.#budget?.spend(rows / rowsPerUnit)
  }

  record(characters: number): void {
    const { scannedLength } = this.#limits
    this.foresee(1)
    this.#records++
    this.#characters += characters
    this.#budget?.spend(1 + characters / charactersPerUnit)
    if (this.#characters > scannedLength) throw tooLarge(`reads more than ${scannedLength} characters`)
  }

  steps(count: number): void {
    const { comparedSteps } = this.#limits
    this.#steps += count
    if (this.#steps > comparedSteps) throw tooLarge(`compares for more than ${comparedSteps} steps`)
    this.#budget?.spend(count / stepsPerUnit)
  }
}

/** What the room has to do whatever it takes, at the cost of whom it is done for. */
export function chargedTo(budget: Budget): Meter {
  return new BoundedMeter(boundless, budget)
}

const boundless: Bounds = {
  scannedRecords: Number.POSITIVE_INFINITY,
  scannedLength: Number.POSITIVE_INFINITY,
  comparedSteps: Number.POSITIVE_INFINITY,
}

/** What the room does of its own accord. */
export const unbounded: Meter = {
  recordsLeft: Number.POSITIVE_INFINITY,
  foresee() {},
  scanned() {},
  record() {},
  steps() {},
}

function tooLarge(what: string): DeepSpaceError {
  return new DeepSpaceError('too-large', `Query too large: it ${what}; narrow it by what SQL can find, or set a limit`)
}
