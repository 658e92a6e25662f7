import {
  type CountResult,
  createConnection,
  createCount,
  createMutations,
  createQuery,
  createUsers,
  type QueryOptions,
  type QueryResult,
  type RecordEnvelope,
} from 'deepspace-solid'
import type { Level } from 'deepspace-solid/schema'
import fc from 'fast-check'
import { createSignal } from 'solid-js'
import { expect, inject, test } from 'vitest'
import { anyAccess, anyQuestion, type Question } from '../../support/live-questions.ts'
import { answerOf } from '../../support/model.ts'
import { anyData, few } from '../../support/questions.ts'
import { anyPlan, collectionsOf, kindsOf, nameOf, type RoomPlan } from '../../support/random-rooms.ts'
import { base, inRoom, type RoomPage, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { allCaughtUp } from '../../support/sockets.ts'
import { admin } from '../../support/users.ts'
import { mayRead, type Snapshot } from '../../support/worker/oracle.ts'

/** Who takes part; the last is an anonymous visitor. */
const people = [admin, 'alice', 'bob', undefined] as const
const anyone = fc.nat(people.length - 1)
const anyId = fc.nat(7).map((number) => `r${number}`)

/** One thing that somebody does. */
type Action =
  | { readonly type: 'put'; readonly by: number; readonly id: string; readonly data: Record<string, unknown> }
  | { readonly type: 'remove'; readonly by: number; readonly id: string }
  | { readonly type: 'ask'; readonly by: number; readonly at: number; readonly question: Question }
  | { readonly type: 'more'; readonly by: number; readonly at: number }
  | { readonly type: 'join'; readonly user: number; readonly active: boolean }
  | { readonly type: 'leave'; readonly user: number }
  | { readonly type: 'role'; readonly user: number; readonly role: string }
  | { readonly type: 'reconnect'; readonly by: number }

/** A room, what each of four people asks in it, and what happens then. */
interface Story {
  readonly plan: RoomPlan
  readonly questions: readonly (readonly Question[])[]
  /** What happens at once, and after each of these the answers are compared. */
  readonly steps: readonly (readonly Action[])[]
}

const anyStory: fc.Arbitrary<Story> = anyPlan.chain((plan) => {
  const kinds = kindsOf(plan)
  const question = anyQuestion(kinds, anyId, 4)
  const access = anyAccess(people.filter((each) => each !== undefined))
  const data = fc.tuple(anyData(kinds, few), access).map(([fields, rest]) => ({ ...fields, ...rest }))
  const user = fc.integer({ min: 1, max: 2 })
  const at = fc.nat(2)
  const action = fc.oneof(
    { weight: 12, arbitrary: fc.record({ type: fc.constant('put' as const), by: anyone, id: anyId, data }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('remove' as const), by: anyone, id: anyId }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('ask' as const), by: anyone, at, question }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('more' as const), by: anyone, at }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('join' as const), user, active: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), user }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('role' as const),
        user,
        role: fc.constantFrom('member', 'viewer', 'admin'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('reconnect' as const), by: anyone }) },
  )
  return fc.record({
    plan: fc.constant(plan),
    questions: fc.array(fc.array(question, { minLength: 3, maxLength: 3 }), { minLength: 4, maxLength: 4 }),
    steps: fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 }),
  })
})

/** One person's page: three live queries, the counts of the same, and the means to act. */
function openPage(room: string, user: string | undefined, questions: readonly Question[]) {
  const collections = collectionsOf(room)
  const things = collections[0]!
  const asked = questions.map((question) => createSignal(question))
  const page = inRoom(
    room,
    () => ({
      connection: createConnection(),
      users: createUsers(),
      things: createMutations(things),
      members: createMutations('team_members'),
      queries: asked.map(([question]) => createQuery(things, () => question() as QueryOptions<typeof things>)),
      counts: asked.map(([question]) => createCount(things, () => question().where ?? {})),
    }),
    { collections, ...(user !== undefined && { user }) },
  )
  return { ...page.made, user, asked, page, pages: questions.map(() => 1) }
}
type Person = ReturnType<typeof openPage> & {
  page: RoomPage
  queries: QueryResult<RecordEnvelope>[]
  counts: CountResult[]
}

/** Does it; whether the room allows it is no matter here. */
async function act(action: Action, crowd: readonly Person[]): Promise<unknown> {
  const root = crowd[0]!
  const userOf = (index: number): string => people[index]!
  switch (action.type) {
    case 'put':
      return crowd[action.by]!.things.putConfirmed(action.id, action.data as never)
    case 'remove':
      return crowd[action.by]!.things.removeConfirmed(action.id)
    case 'join': {
      const status = action.active ? 'active' : 'paused'
      return root.members.putConfirmed(userOf(action.user), {
        teamId: 't',
        userId: userOf(action.user),
        status,
      } as never)
    }
    case 'leave':
      return root.members.removeConfirmed(userOf(action.user))
    case 'role':
      return root.users.setRole(userOf(action.user), action.role)
    case 'reconnect':
      return crowd[action.by]!.connection.reconnect()
    case 'ask': {
      const person = crowd[action.by]!
      person.pages[action.at] = 1
      return person.asked[action.at]![1](() => action.question)
    }
    case 'more': {
      const person = crowd[action.by]!
      const query = person.queries[action.at]!
      const { limit } = person.asked[action.at]![0]()
      if (limit === undefined || query.status !== 'ready' || !query.hasMore) return undefined
      person.pages[action.at]!++
      return query.loadMore()
    }
  }
}

/** What the room holds now, and who is what. */
async function stateOf(room: string) {
  const read = async (collection: string) =>
    (await callRoom(base, room, 'query', [{ collection }, 'system'])).result as RecordEnvelope[]
  const plain = (records: readonly RecordEnvelope[]) =>
    new Map(records.map(({ recordId, createdBy, data }) => [recordId, { createdBy, fields: data }]))
  const things = await read('things')
  const records = new Map([
    ['things', plain(things)],
    ['team_members', plain(await read('team_members'))],
  ])
  const users = (await callRoom(base, room, 'sql', ['SELECT id, role FROM _users', []])).result
  const roles = new Map((users as { id: string; role: string | null }[]).map(({ id, role }) => [id, role]))
  return { things, snapshot: { records, roles } }
}

/** Compares what everyone sees with what the room holds, judged and answered from scratch. */
function compare(
  room: string,
  crowd: readonly Person[],
  things: readonly RecordEnvelope[],
  snapshot: Snapshot,
): number {
  const collection = collectionsOf(room)[0]!
  let compared = 0
  for (const { user, queries, counts, asked, pages } of crowd) {
    const asker = { userId: user ?? 'anon-', anonymous: user === undefined }
    const role = user === undefined ? 'viewer' : (snapshot.roles.get(user) ?? (user === admin ? 'admin' : 'member'))
    const level: Level = collection.permissions[role]?.read ?? false
    const mine = things.filter(({ recordId }) => mayRead(snapshot, asker, [admin], collection, recordId))
    for (const [at, query] of queries.entries()) {
      const { limit, ...question } = asked[at]![0]()
      const who = `${user ?? 'a visitor'} (${role}) asks ${JSON.stringify(asked[at]![0]())}`
      if (level === false) {
        expect([who, query.status, query.records.length, counts[at]!.status]).toEqual([who, 'error', 0, 'error'])
        continue
      }
      const answer = answerOf(question, mine)
      const shown = answer.slice(0, limit === undefined ? undefined : limit * pages[at]!)
      const seen = {
        status: query.status,
        hasMore: query.hasMore,
        records: JSON.parse(JSON.stringify(query.records)),
      }
      expect([who, seen]).toEqual([who, { status: 'ready', hasMore: answer.length > shown.length, records: shown }])
      expect([who, counts[at]!.count]).toEqual([who, answerOf({ where: question.where }, mine).length])
      compared += 2
    }
  }
  return compared
}

test('Q1-Q12, A1-A9, R4-R10: whatever anybody writes, asks, joins, leaves or becomes, every live answer is what a fresh one would be', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(anyStory, async ({ plan, questions, steps }) => {
      const room = nameOf(plan)
      const crowd = people.map((user, index) => openPage(room, user, questions[index]!)) as Person[]
      try {
        await until(() => crowd.every(({ connection }) => connection.status === 'connected'))
        for (const step of steps) {
          await Promise.allSettled(step.map((action) => act(action, crowd)))
          await until(() => crowd.every(({ connection }) => connection.status === 'connected'))
          await allCaughtUp(room)
          const { things, snapshot } = await stateOf(room)
          compared += compare(room, crowd, things, snapshot)
        }
      } finally {
        for (const { page } of crowd) page.unmount()
      }
    }),
    { numRuns: 40 * inject('effort') },
  )
  console.log(`${compared} live answers compared`)
}, 600_000)
