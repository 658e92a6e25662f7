import { deepStrictEqual } from 'node:assert'
import type { Collection, Json, Level, RecordEnvelope } from 'deepspace-solid/schema'
import { answerOf } from '../support/model.ts'
import { admin } from '../support/users.ts'
import { Wire } from '../support/wire.ts'
import { mayRead, type Snapshot } from '../support/worker/oracle.ts'
import type { RoomState } from './orders.ts'
import type { Person } from './person.ts'
import type { Reader } from './reader.ts'

/** What somebody may see of a room. */
interface Sight {
  readonly role: string
  /** Whether they may ask at all. */
  readonly mayAsk: boolean
  readonly records: readonly RecordEnvelope[]
}

/** Judges from scratch who may see what, by the oracle's opinion and not by the library's. */
export function sightOf(user: string | undefined, { things, ...state }: RoomState, collection: Collection): Sight {
  const snapshot = snapshotOf({ things, ...state })
  const asker = { userId: user ?? 'anon-', anonymous: user === undefined }
  const role = user === undefined ? 'viewer' : (snapshot.roles.get(user) ?? (user === admin ? 'admin' : 'member'))
  const level: Level = collection.permissions[role]?.read ?? false
  const records = things.filter(({ recordId }) => mayRead(snapshot, asker, [admin], collection, recordId))
  return { role, mayAsk: level !== false, records }
}

function snapshotOf({ things, members, users }: RoomState): Snapshot {
  const plain = (records: readonly RecordEnvelope[]) =>
    new Map(records.map(({ recordId, createdBy, data }) => [recordId, { createdBy, fields: data }]))
  const records = new Map([
    ['things', plain(things)],
    ['team_members', plain(members)],
  ])
  return { records, roles: new Map(users.map(({ id, role }) => [id, role])) }
}

/** Compares everything that a page shows with what it should. Gives what differs, and counts what was compared. */
export function* judgePage(person: Person, sight: Sight, compared: () => void): Generator<string> {
  const who = `${person.name} (${person.user ?? 'a visitor'}, ${sight.role})`
  yield* compare(`${who}: the role`, person.role, sight.role)
  compared()
  for (const { query, count, question, limit } of person.queries) {
    const { limit: _, ...asked } = question
    const what = `${who} asks ${JSON.stringify({ ...question, limit })}`
    if (!sight.mayAsk) {
      yield* compare(what, [query.status, query.records.length, count?.status ?? 'error'], ['error', 0, 'error'])
    } else {
      const answer = answerOf(asked, sight.records)
      const records = answer.slice(0, limit)
      yield* compare(
        what,
        { status: query.status, hasMore: query.hasMore, records: plain(query.records) },
        { status: 'ready', hasMore: answer.length > records.length, records },
      )
      compared()
      if (!count) continue
      const number = answerOf({ where: question.where }, sight.records).length
      yield* compare(
        `${what} and counts`,
        { status: count.status, count: count.count },
        { status: 'ready', count: number },
      )
      compared()
    }
    compared()
  }
  const byId = new Map(sight.records.map((record) => [record.recordId, record]))
  for (const { recordId, record } of person.records) {
    yield* compare(`${who} looks at ${recordId}`, plain(record.record), byId.get(recordId))
    compared()
  }
}

/** Compares the roster that a page shows with the users of the room (U4, U7). */
export function* judgeRoster(
  { name, user, roster }: Person,
  { users }: RoomState,
  compared: () => void,
): Generator<string> {
  const shown = roster.map(({ id, role }) => `${id} ${role}`)
  const known = users.map(({ id, role }) => `${id} ${role ?? (id === admin ? 'admin' : 'member')}`)
  yield* compare(`${name} sees the roster`, shown.toSorted(), user === undefined ? [] : known.toSorted())
  compared()
}

/** Compares what a baseline client has gathered with what it should have. */
export function* judgeReader({ name, records }: Reader, sight: Sight, compared: () => void): Generator<string> {
  const byId = (a: RecordEnvelope, b: RecordEnvelope): number => (a.recordId < b.recordId ? -1 : 1)
  yield* compare(`${name} (${sight.role})`, records.toSorted(byId), sight.records.toSorted(byId))
  compared()
}

/** Compares what a page shows with what somebody is answered who comes now and asks the same. */
export async function* judgeFresh(
  person: Person,
  room: string,
  base: string,
  compared: () => void,
): AsyncGenerator<string> {
  const wire = await Wire.open(base, room, person.user)
  for (const { query, question, limit } of person.queries) {
    const answer = await wire.query('things', { ...question, limit })
    const what = `${person.name} shows something else than is answered to ${JSON.stringify({ ...question, limit })}`
    yield* compare(what, plain(query.records), typeof answer === 'string' ? [] : answer)
    compared()
  }
  await wire.close()
}

function plain(value: unknown): Json | undefined {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

function* compare(what: string, found: unknown, expected: unknown): Generator<string> {
  try {
    deepStrictEqual(found, expected)
  } catch (error) {
    yield `${what}: ${(error as Error).message}`
  }
}
