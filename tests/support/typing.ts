/** How somebody types into a document. */
export interface Typing {
  readonly paste?: number
  readonly keystrokes: number
  /** How many letters each of them inserts. */
  readonly letters?: number
  readonly every: number
  readonly scattered?: boolean
}

/** What has come of it. */
export interface Typed {
  readonly came: number
  readonly rows: number
  readonly bytes: number
  readonly isSame: boolean
  readonly openedIn: number
}
