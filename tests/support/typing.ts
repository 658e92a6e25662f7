/** How somebody types into a document. */
export interface Typing {
  readonly paste?: number
  readonly keystrokes: number
  /** How many letters each of them inserts. */
  readonly letters?: number
  readonly every: number
  readonly scattered?: boolean
  /** After how many keystrokes the document is closed and opened again. */
  readonly reopenedEvery?: number
  /** From which keystroke on it is looked at after each write how much there is to open. */
  readonly watchedFrom?: number
}

/** What has come of it. */
export interface Typed {
  readonly came: number
  readonly rows: number
  readonly bytes: number
  readonly isSame: boolean
  readonly openedIn: number
  /** How many entries there were to open at the worst moment, if that was looked at. */
  readonly entries: number
}
