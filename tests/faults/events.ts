import { createWriteStream, type WriteStream } from 'node:fs'

/** What happened in a run, in order, and how often. */
export class Events {
  readonly #log: WriteStream | undefined
  readonly counts = new Map<string, number>()
  readonly cuts = new Map<string, number>()
  readonly violations: string[] = []
  #recent: string[] = []

  /** @param log a file where every event is written at once */
  constructor(log?: string) {
    this.#log = log === undefined ? undefined : createWriteStream(log)
  }

  /** Notes something that may explain what comes. */
  note(text: string): void {
    this.#recent.push(this.trace(text))
    if (this.#recent.length > 20_000) this.#recent = this.#recent.slice(-10_000)
  }

  /** Notes something for the log alone. */
  trace(text: string): string {
    const line = `${(performance.now() / 1000).toFixed(3)} ${text}`
    this.#log?.write(`${line}\n`)
    return line
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by)
  }

  /** A connection of somebody was cut. */
  cut(name: string, kind: string): void {
    this.note(`${name}: line ${kind}`)
    this.cuts.set(kind, (this.cuts.get(kind) ?? 0) + 1)
  }

  /** Something is wrong. */
  blame(text: string): void {
    this.note(`VIOLATION ${text}`)
    this.violations.push(text)
  }

  /** The last events, and before them the last of those that speak of something that the first violation names. */
  around(violation: string): string[] {
    const names = new Set(violation.match(/\b(r\d+|w\d+)\b/g) ?? [])
    const related = this.#recent.filter((line) => [...names].some((name) => new RegExp(`\\b${name}\\b`).test(line)))
    return [...related.slice(-80), '...', ...this.#recent.slice(-60)]
  }
}
