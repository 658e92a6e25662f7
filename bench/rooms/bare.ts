/** What the bare object is told to answer with. */
export interface Setup {
  readonly tell: 'all' | 'sender'
  /** What a message holds that is the last of its kind. */
  readonly mark: string
  readonly frame: string
  readonly lastFrame: string
}
