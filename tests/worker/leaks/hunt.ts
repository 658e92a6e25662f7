import type { Collection } from 'deepspace-solid/schema'
import { Dice } from '../../faults/dice.ts'
import { anyAccess } from '../../support/live-questions.ts'
import { anyPlan, collectionsOf, nameOf } from '../../support/random-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { admin } from '../../support/users.ts'
import { type Frame, Wire } from '../../support/wire.ts'
import { mayRead, type PlainRecord, type Snapshot } from '../../support/worker/oracle.ts'

/** What a hunt has seen. */
export interface Tally {
  rooms: number
  deeds: number
  frames: number
  /** Frames of commits that were cut. */
  cut: number
  /** Texts of records that were looked at, each with who got it. */
  canaries: number
  counts: number
  readonly leaks: string[]
}

const users = [admin, 'alice', 'bob', undefined] as const
const deeds = { put: 10, remove: 3, batch: 4, role: 2, join: 2, leave: 1, away: 3, dismiss: 1 }
const ids = Array.from({ length: 6 }, (_, number) => `r${number}`)

/** What is counted: everything, what is public, and what a pattern finds, which is in every text. */
const wheres = [{}, { visibility: 'public' }, { f0: { contains: 'canary' } }, { f0: { like: '%CANARY%' } }] as const

/** One connection of somebody, and what it was told last under the ids of its counts. */
interface Listener {
  readonly user: string | undefined
  readonly version: 0 | 1
  wire: Wire
  numbers: Map<string, number>
}

/**
 * Does random things in random rooms until the time is over, one after the other, and longer where something has not been
 * looked at yet, and looks after each at everything
 * that every connection was sent: each text of a record has a canary in it, and whoever got it must be somebody who may
 * read that record, with that text, as the rooms' tables stood before or after; and each number must be the one that
 * counting by hand gives. Nothing of the library judges here, but `judge`.
 */
export async function hunt(base: string, seed: number, milliseconds: number, judge = mayRead): Promise<Tally> {
  const dice = new Dice(seed)
  const tally: Tally = { rooms: 0, deeds: 0, frames: 0, cut: 0, canaries: 0, counts: 0, leaks: [] }
  const began = Date.now()
  // On a machine that is slow it may take longer until there is something of everything.
  const lasts = () => milliseconds * (Object.values(tally).includes(0) ? 5 : 1)
  while (Date.now() < began + lasts() && tally.leaks.length === 0) {
    await huntRoom(base, dice.fork(), Math.min(began + lasts(), Date.now() + 2500), tally, judge)
    tally.rooms++
  }
  return tally
}

async function huntRoom(base: string, dice: Dice, end: number, tally: Tally, judge: typeof mayRead): Promise<void> {
  const plan = dice.draw(anyPlan)
  const room = nameOf({ ...plan, fields: `t${plan.fields.slice(1)}` })
  const things = collectionsOf(room)[0]!
  const access = anyAccess(users.filter((user) => user !== undefined))
  let canary = 0
  const anyText = (): string => `canary-${++canary}-`
  const rpc = async (method: string, ...args: unknown[]) => (await callRoom(base, room, method, args)).result

  const open = async (listener: Listener, since?: number): Promise<void> => {
    const { user, version } = listener
    listener.wire = await Wire.open(base, room, user, version ? 'v=1' : '')
    listener.numbers = new Map()
    listener.wire.send('core.subscribe', { subscriptionId: 'all', query: { collection: 'things' }, since })
    for (const [index, where] of wheres.entries()) {
      listener.wire.send('core.subscribe', {
        subscriptionId: `n${index}`,
        query: { collection: 'things', where },
        count: true,
      })
    }
  }
  const crowd: Listener[] = []
  for (const user of users) {
    for (const version of [0, 1] as const) {
      const listener: Listener = { user, version, wire: undefined as never, numbers: new Map() }
      await open(listener)
      crowd.push(listener)
    }
  }

  let before = await look(rpc)
  await hear(crowd, before, before, things, 'the beginning', tally, judge)
  while (Date.now() < end && tally.leaks.length === 0) {
    const deed = dice.weighted(deeds)
    const by = dice.pick(crowd).wire
    const user = dice.pick(['alice', 'bob'])
    const put = (recordId: string, length = 0) => ({
      type: 'put',
      collection: 'things',
      recordId,
      data: { f0: anyText() + 'x'.repeat(length), ...dice.draw(access) },
    })
    let away: { listener: Listener; since: number | undefined } | undefined
    switch (deed) {
      case 'put':
        await by.put('things', dice.pick(ids), put('').data)
        break
      case 'remove':
        await by.remove('things', dice.pick(ids))
        break
      case 'batch': {
        const operations = Array.from({ length: 2 + dice.below(4) }, () =>
          dice.chance(0.2)
            ? {
                type: 'put',
                collection: 'team_members',
                recordId: user,
                data: { teamId: 't', userId: user, status: dice.pick(['active', 'paused']) },
              }
            : put(dice.pick(ids), dice.chance(0.5) ? 100_000 : 0),
        )
        await rpc('batch', operations, 'system')
        break
      }
      case 'role':
        await crowd[0]!.wire.request('user.set_role', { userId: user, role: dice.pick(['member', 'viewer', 'admin']) })
        break
      case 'join':
        await rpc(
          'put',
          'team_members',
          user,
          { teamId: 't', userId: user, status: dice.pick(['active', 'paused']) },
          'system',
        )
        break
      case 'leave':
        await rpc('remove', 'team_members', user, 'system')
        break
      case 'dismiss': {
        const gone = crowd.filter((listener) => listener.user === user)
        await rpc('removeUser', user)
        await Promise.all(gone.map(({ wire }) => wire.closed))
        for (const listener of gone) await open(listener)
        break
      }
      case 'away': {
        // Somebody is away while something is written, and comes back with what they had.
        const listener = dice.pick(crowd.filter(({ version }) => version === 1))
        const versions = await listener.wire
          .query('things')
          .then(() => listener.wire.frames.map(({ payload }) => payload.version))
        away = { listener, since: versions.findLast((version) => version !== undefined) }
        await listener.wire.close()
        await rpc('batch', [put(dice.pick(ids)), put(dice.pick(ids))], 'system')
        await open(listener, away.since)
        break
      }
    }
    tally.deeds++
    const after = await look(rpc)
    await hear(crowd, before, after, things, `${deed} in ${room}`, tally, judge)
    before = after
  }
  await Promise.all(crowd.map(({ wire }) => wire.close()))
}

/** How the tables of a room stand. */
async function look(rpc: (method: string, ...args: unknown[]) => Promise<unknown>): Promise<Snapshot> {
  const read = async (collection: string) => {
    const records = (await rpc('query', { collection }, 'system')) as {
      recordId: string
      createdBy: string
      data: object
    }[]
    const plain = records.map(({ recordId, createdBy, data }): [string, PlainRecord] => [
      recordId,
      { createdBy, fields: data as Record<string, unknown> },
    ])
    return new Map(plain)
  }
  const users = (await rpc('sql', 'SELECT id, role FROM _users', [])) as { id: string; role: string | null }[]
  const records = new Map([
    ['things', await read('things')],
    ['team_members', await read('team_members')],
  ])
  return { records, roles: new Map(users.map(({ id, role }) => [id, role])) }
}

/** Judges everything that has been sent since it was last asked. */
async function hear(
  crowd: readonly Listener[],
  before: Snapshot,
  after: Snapshot,
  things: Collection,
  when: string,
  tally: Tally,
  judge: typeof mayRead,
): Promise<void> {
  for (const { user, version, wire, numbers } of crowd) {
    const asker = { userId: wire.user!.id, anonymous: user === undefined }
    const who = `${user ?? 'a visitor'} (version ${version})`
    const may = (snapshot: Snapshot, recordId: string): boolean => judge(snapshot, asker, [admin], things, recordId)
    for (const frame of await wire.drain()) {
      tally.frames++
      if (frame.payload.partial) tally.cut++
      if (typeof frame.payload.count === 'number') numbers.set(frame.payload.subscriptionId, frame.payload.count)
      else if (frame.type === 'core.error') numbers.delete(frame.payload.subscriptionId)
      for (const text of canariesIn(frame)) {
        tally.canaries++
        const readable = [before, after].some((snapshot) => may(snapshot, idWith(snapshot, text) ?? ''))
        if (!readable) tally.leaks.push(`${when}: ${who} got ${text} by ${JSON.stringify(frame).slice(0, 300)}`)
      }
      for (const recordId of idsIn(frame)) {
        if (may(before, recordId) || may(after, recordId)) continue
        tally.leaks.push(`${when}: ${who} was told of ${recordId} by ${JSON.stringify(frame).slice(0, 300)}`)
      }
    }
    for (const [subscriptionId, told] of numbers) {
      const where = wheres[Number(subscriptionId.slice(1))]!
      const counted = [...after.records.get('things')!].filter(
        ([recordId, { fields }]) =>
          (!('visibility' in where) || fields.visibility === 'public') &&
          (!('f0' in where) || typeof fields.f0 === 'string') &&
          may(after, recordId),
      )
      tally.counts++
      if (counted.length !== told) {
        tally.leaks.push(`${when}: ${who} is told ${told} of ${JSON.stringify(where)}, who may read ${counted.length}`)
      }
    }
  }
}

function canariesIn(frame: Frame): string[] {
  return JSON.stringify(frame).match(/canary-\d+-/g) ?? []
}

function idsIn({ type, payload }: Frame): string[] {
  if (type !== 'core.record_change') return []
  const changes = payload.changes ?? [payload]
  return changes
    .filter(({ collection }: { collection: string }) => collection === 'things')
    .map(({ record }: { record: { recordId: string } }) => record.recordId)
}

/** The record with a text, as the tables stood. */
function idWith({ records }: Snapshot, text: string): string | undefined {
  for (const [recordId, { fields }] of records.get('things')!) if (String(fields.f0).startsWith(text)) return recordId
  return undefined
}
