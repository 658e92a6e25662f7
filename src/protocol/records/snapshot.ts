import type { ErrorPayload } from '../error-payload.ts'
import type { User } from './messages.ts'
import { type Query, queryKey } from './query.ts'
import type { RecordEnvelope } from './record.ts'

/** What a page that is rendered on the server asks of a room; with `count` only how many records there are. */
export interface PageQuestion {
  readonly query: Query
  readonly count?: boolean
}

/** One text for all questions that ask the same. */
export function questionKey({ query, count }: PageQuestion): string {
  return `${count ? 'count ' : ''}${queryKey(query)}`
}

/** What a room answers it: records as one JSON text, in the order of the query and one more than its limit; a number; or a refusal. */
export type PageAnswer =
  | { readonly records: string; readonly hasMore: boolean }
  | { readonly count: number }
  | { readonly error: ErrorPayload }

/** What a page has been answered already, and of which commit. */
export interface Held {
  readonly version: number
  readonly questions: readonly PageQuestion[]
}

/**
 * What a room says to a page at one moment: whom it takes its user for, its last commit, and an answer to each question; behind
 * them to those that it holds answers to of another commit.
 */
export interface Snapshot {
  readonly user: User
  readonly version: number
  readonly answers: readonly PageAnswer[]
}

/**
 * What an instance of a primitive has rendered, as the page brings it to the browser: what was asked, the answer, of whom and
 * of which commit. Where the room never came to answer, the user was refused, and there is only the reason.
 */
export interface Rendered {
  readonly asked?: PageQuestion
  readonly answer?: PageAnswer
  readonly user?: User
  readonly version?: number
}

/** An answer on its way to a page. */
export interface Reading {
  /** Resolves when it has come, or will not any more. Never rejects. */
  readonly done: Promise<void>
  /** The answer, once it has come. */
  readonly rendered: Rendered | undefined
}

/** Reads rooms as the user of one request, each question once. */
export interface PageReader {
  /** What stands on the page so far, by the ids under which it was left there. */
  readonly left: Map<string, Rendered>
  /** Asks a room, or with no question only who its user is there. */
  read(roomId: string, asked?: PageQuestion): Reading
}

/** Where in the locals of a request `deepspace-solid/start` puts what gives its reader, for all copies of this package. */
export const readerKey: unique symbol = Symbol.for('deepspace-solid.reader')

/** The records of an answer. */
export function recordsOf(answer: PageAnswer | undefined): readonly RecordEnvelope[] {
  return answer && 'records' in answer ? (JSON.parse(answer.records) as RecordEnvelope[]) : []
}
