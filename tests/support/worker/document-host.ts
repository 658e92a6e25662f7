import { DurableObject } from 'cloudflare:workers'
import * as Y from 'yjs'
import { Document, type DocumentLimits, type Outcome } from '../../../worker/documents/document.ts'
import { DocumentStorage } from '../../../worker/documents/document-storage.ts'
import type { Typed, Typing } from '../typing.ts'

/** A Durable Object that keeps documents and nothing else, and counts what SQLite writes for it. */
export class DocumentHost extends DurableObject<unknown> {
  readonly #storage: DocumentStorage
  readonly #open = new Map<string, Document>()
  readonly #stored: string[] = []
  readonly #failures: string[] = []
  #failing = 0
  #rows = 0
  #bytes = 0

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env)
    const { sql } = ctx.storage
    const exec = sql.exec.bind(sql)
    sql.exec = ((text: string, ...values: unknown[]) => {
      // What miniflare writes for itself is not ours.
      const writes = /^(INSERT|DELETE).* _document_/.test(text)
      // It fails at the last moment: what the same transaction has written before must go as well.
      if (writes && this.#failing > 0 && --this.#failing === 0) throw new Error('the disk is full')
      const cursor = exec(text, ...values)
      if (writes) {
        this.#rows += cursor.rowsWritten
        for (const value of values) if (value instanceof Uint8Array) this.#bytes += value.length
      }
      return cursor
    }) as typeof sql.exec
    this.#storage = new DocumentStorage(ctx.storage)
  }

  apply(name: string, updates: readonly string[], limits?: Partial<DocumentLimits>): Outcome[] {
    const document = this.#document(name, limits)
    return updates.map((update) => document.apply(Uint8Array.from(atob(update), (byte) => byte.charCodeAt(0))))
  }

  /** The texts of some documents, as who opens them finds them. */
  texts(...names: string[]): string[] {
    return names.map((name) => {
      const doc = new Y.Doc()
      Y.applyUpdate(doc, this.#document(name).whole())
      return doc.getText('text').toString()
    })
  }

  /** Applies as {@link apply} does, and notes a word once everything is stored. Gives what is noted and kept so far. */
  applyAndNote(name: string, updates: readonly string[], word: string): { stored: string[]; rows: number } {
    this.apply(name, updates)
    this.#document(name).stored(() => this.#stored.push(word))
    return { stored: [...this.#stored], rows: this.#rows }
  }

  state(name: string): { stored: string[]; failures: string[]; isPending: boolean } {
    return { stored: this.#stored, failures: this.#failures, isPending: this.#document(name).isPending }
  }

  /** Applies and writes at once; the statement that is so many writes away fails. Gives what is kept then. */
  applyAndFlush(
    name: string,
    updates: readonly string[],
    failAt = 0,
  ): { error?: string; log: number; snapshot: number } {
    this.apply(name, updates)
    this.#failing = failAt
    try {
      this.flush(name)
      return this.kept()
    } catch (error) {
      return { error: (error as Error).message, ...this.kept() }
    }
  }

  flush(name: string): void {
    this.#document(name).flush()
  }

  close(...names: string[]): void {
    for (const name of names) {
      this.#document(name).close()
      this.#open.delete(name)
    }
  }

  /** The statement that is so many writes away fails. */
  failAt(write: number): void {
    this.#failing = write
  }

  names(prefix?: string): string[] {
    return this.#storage.names(prefix)
  }

  removeAll(prefix: string): string[] {
    const open = new Map<string, readonly number[]>()
    for (const [name, document] of this.#open) {
      if (!name.startsWith(prefix)) continue
      open.set(name, document.writers)
      document.discard()
      this.#open.delete(name)
    }
    return this.#storage.removeAll(prefix, open)
  }

  /** Removes so many documents of one writer each, `<prefix><number>`, by the number. Gives what is remembered of how many. */
  removeMany(prefix: string, count: number): number {
    for (let i = 0; i < count; i++) this.#storage.removeAll(`${prefix}${i}`, new Map([[`${prefix}${i}`, [i]]]))
    return this.ctx.storage.sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM _document_former').one().count
  }

  /** Who wrote in what had a name before. */
  formerWriters(name: string): number[] {
    return [...this.#storage.log(name).formerWriters()]
  }

  /** What has been written since the last call. */
  written(): { rows: number; bytes: number } {
    const { rows, bytes } = { rows: this.#rows, bytes: this.#bytes }
    this.#rows = 0
    this.#bytes = 0
    return { rows, bytes }
  }

  /** How many rows there are, and how long the longest value is. */
  kept(): { log: number; snapshot: number; longest: number } {
    const count = (table: string) =>
      this.ctx.storage.sql
        .exec<{ rows: number; longest: number }>(
          `SELECT COUNT(*) AS rows, COALESCE(MAX(length(data)), 0) AS longest FROM ${table}`,
        )
        .one()
    const log = count('_document_log')
    const snapshot = count('_document_snapshot')
    return { log: log.rows, snapshot: snapshot.rows, longest: Math.max(log.longest, snapshot.longest) }
  }

  /**
   * Somebody pastes a text of some size, then types, here and there or at the end; each `every` keystrokes are written.
   * Gives how much came and was written for the keystrokes, and whether what was read back is what was typed.
   */
  type(name: string, typing: Typing): Typed {
    const { paste = 0, keystrokes, letters = 1, every, scattered = false } = typing
    const { reopenedEvery = 0, watchedFrom = Number.POSITIVE_INFINITY } = typing
    let document = this.#document(name)
    const client = new Y.Doc()
    const text = client.getText('text')
    let came = 0
    client.on('update', (update: Uint8Array) => {
      came += update.length
      document.apply(update)
    })
    if (paste > 0) text.insert(0, 'x'.repeat(paste))
    document.flush()
    came = 0
    this.written()
    let random = 1
    let entries = 0
    for (let i = 1; i <= keystrokes; i++) {
      random = (random * 48_271) % 2_147_483_647
      const at = scattered ? random % Math.max(1, text.length) : text.length
      if (scattered && i % 5 === 0) text.delete(at, 1)
      else text.insert(at, 'a'.repeat(letters))
      if (i % every === 0) document.flush()
      if (i >= watchedFrom && i % every === 0) entries = Math.max(entries, this.#entries(name))
      if (i % reopenedEvery !== 0) continue
      this.close(name)
      document = this.#document(name)
    }
    document.flush()
    const { rows, bytes } = this.written()
    this.close(name)
    const from = Date.now()
    const opened = this.#document(name)
    const openedIn = Date.now() - from
    const again = new Y.Doc()
    Y.applyUpdate(again, opened.whole())
    return { came, rows, bytes, isSame: again.getText('text').toString() === text.toString(), openedIn, entries }
  }

  /** How much there is to open. */
  #entries(name: string): number {
    const { snapshot, folded, recent } = this.#storage.log(name).read()
    return (snapshot ? 1 : 0) + folded.length + recent.length
  }

  #document(name: string, limits: Partial<DocumentLimits> = {}): Document {
    let document = this.#open.get(name)
    if (!document) {
      const failed = ({ message }: Error) => this.#failures.push(`${message}, ${this.#stored.length} told`)
      document = Document.open(this.#storage.log(name), { limits, failed: (error) => failed(error as Error) })
      this.#open.set(name, document)
    }
    return document
  }

  restart(): void {
    this.ctx.abort('deployed')
  }
}
