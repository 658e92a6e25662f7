import type { Level } from 'deepspace-solid/schema'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { levelName, levels } from '../../support/collections.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

/** Everyone's relation to the records below. `visitor` is anonymous, with the role `viewer`; the others are members. */
const relations = ['owner', 'collaborator', 'teammate', 'paused', 'stranger', 'visitor'] as const
type Relation = (typeof relations)[number]

/** The states of a record that a level may look at. */
const states = {
  private: { owner: 'owner', people: ['collaborator'], team: 't', visibility: 'private' },
  public: { owner: 'owner', people: ['collaborator'], team: 't', visibility: 'public' },
  unclaimed: { owner: null, people: ['collaborator'], team: 't', visibility: 'private' },
} as const
type State = keyof typeof states

/** Who passes, by the text of the design: everyone, or these. */
const passing: Record<string, Record<State, 'everyone' | readonly Relation[]>> = {
  true: { private: 'everyone', public: 'everyone', unclaimed: 'everyone' },
  false: { private: [], public: [], unclaimed: [] },
  own: { private: ['owner'], public: ['owner'], unclaimed: [] },
  'unclaimed-or-own': { private: ['owner'], public: ['owner'], unclaimed: 'everyone' },
  collaborator: { private: ['owner', 'collaborator'], public: ['owner', 'collaborator'], unclaimed: ['collaborator'] },
  team: {
    private: ['owner', 'collaborator', 'teammate'],
    public: ['owner', 'collaborator', 'teammate'],
    unclaimed: ['collaborator', 'teammate'],
  },
  published: { private: ['owner'], public: 'everyone', unclaimed: [] },
  shared: { private: ['owner', 'collaborator'], public: 'everyone', unclaimed: ['collaborator'] },
}

const room = crypto.randomUUID()
let root: Wire
let wires: Record<Relation, Wire>

beforeAll(async () => {
  root = await Wire.open(base, room, 'root')
  const opened = await Promise.all(
    relations.map(async (who) => [who, await Wire.open(base, room, who === 'visitor' ? undefined : who)] as const),
  )
  wires = Object.fromEntries(opened) as Record<Relation, Wire>
  await root.put('team_members', 'm1', { teamId: 't', userId: 'teammate' })
  await root.put('team_members', 'm2', { teamId: 't', userId: 'paused', status: 'paused' })
  await root.put('team_members', 'm3', { teamId: 'another', userId: 'stranger' })
})

function passes(level: Level, state: State, who: Relation): boolean {
  const allowed = passing[String(level)]![state]
  return allowed === 'everyone' || allowed.includes(who)
}

const cases = levels.flatMap((level) => (Object.keys(states) as State[]).map((state) => [level, state] as const))

describe.each(cases)('the level %s on a record that is %s', (level, state) => {
  const roleOf = (who: Relation) => (who === 'visitor' ? 'viewer' : 'member')

  test('P2-P8, Q1: who may read sees it in a snapshot and live, who may not gets nothing', async () => {
    const collection = levelName('read', level)
    for (const who of relations) await wires[who].drain()
    await root.put(collection, state, { title: state, ...states[state] })
    for (const who of relations) {
      const frames = await wires[who].drain()
      const seen = await wires[who].query(collection, { where: { title: state } })
      if (level === false) expect(seen, who).toBe(`READ DENIED: role=${roleOf(who)}, collection=${collection}`)
      else expect(seen, who).toHaveLength(passes(level, state, who) ? 1 : 0)
      expect(frames, who).toHaveLength(passes(level, state, who) ? 1 : 0)
    }
  })

  test('P2-P9: who may update updates, who may not is told so', async () => {
    const collection = levelName('write', level)
    await root.put(collection, state, { title: state, ...states[state] })
    for (const who of relations) {
      const ack = await wires[who].put(collection, state, { title: `by ${who}` })
      if (passes(level, state, who)) expect(ack, who).toMatchObject({ success: true })
      else {
        expect(ack, who).toMatchObject({
          success: false,
          code: 'denied',
          error: `UPDATE DENIED: role=${roleOf(who)}, collection=${collection}`,
        })
      }
      const { data } = (await root.see(collection, state))!
      expect(data.title === `by ${who}`, who).toBe(passes(level, state, who))
    }
  })

  test('P2-P9: who may delete deletes, who may not is told so', async () => {
    const collection = levelName('write', level)
    for (const who of relations) {
      await root.put(collection, state, { title: state, ...states[state] })
      const ack = await wires[who].remove(collection, state)
      if (passes(level, state, who)) expect(ack, who).toMatchObject({ success: true })
      else
        expect(ack, who).toMatchObject({
          success: false,
          error: `DELETE DENIED: role=${roleOf(who)}, collection=${collection}`,
        })
      expect((await root.see(collection, state)) === undefined, who).toBe(passes(level, state, who))
    }
  })

  test('P10: a write to a record that one may not read is answered as if there were none', async () => {
    const collection = levelName('read', level)
    await root.put(collection, state, { title: state, ...states[state] })
    for (const who of relations.filter((each) => !passes(level, state, each))) {
      const { error, code } = await wires[who].put(collection, state, { title: 'x' })
      const mayCreate = wires[who].user!.role !== 'viewer'
      expect({ error, code }, who).toEqual(
        mayCreate
          ? { error: 'Record not found', code: 'not-found' }
          : { error: `CREATE DENIED: role=viewer, collection=${collection}`, code: 'denied' },
      )
      // Who may not create learns nothing of an id: one that is free is answered the same.
      if (!mayCreate) expect(await wires[who].put(collection, 'free', { title: 'x' })).toMatchObject({ error, code })
      expect(await wires[who].remove(collection, state), who).toMatchObject({ error: 'Record not found' })
      expect(await wires[who].remove(collection, 'there is none'), who).toMatchObject({ error: 'Record not found' })
    }
  })
})

test("P1: what is not named is denied; '*' speaks for roles without an entry", async () => {
  const { stranger, visitor } = wires
  expect(await stranger.query('secrets')).toBe('READ DENIED: role=member, collection=secrets')
  expect(await stranger.put('secrets', 's', { text: 'x' })).toMatchObject({
    error: 'CREATE DENIED: role=member, collection=secrets',
  })
  expect(await visitor.put('tasks', 'v', { title: 'x' })).toMatchObject({
    error: 'CREATE DENIED: role=viewer, collection=tasks',
  })
  expect(await visitor.put('samples', 'v', { text: 'x' })).toMatchObject({ success: true })
})

describe('F11: the owner field', () => {
  const put = (who: Relation, id: string, data: object) => wires[who].put('write_own', id, { title: 'x', ...data })

  test('a create cannot name somebody else, unless the role may set the field', async () => {
    expect(await put('stranger', 'o1', { owner: 'owner' })).toMatchObject({
      success: false,
      error: "FIELD ERROR: Role 'member' cannot modify field 'owner'",
    })
    expect(await put('stranger', 'o2', { owner: 'stranger' })).toMatchObject({ success: true })
    expect(await put('stranger', 'o3', { owner: null })).toMatchObject({ success: true })
    expect(await root.put('write_own', 'o4', { title: 'x', owner: 'owner' })).toMatchObject({ success: true })
  })

  test('an update cannot hand the record to somebody else, unless the role may set the field', async () => {
    await root.put('write_own', 'o5', { title: 'x', owner: 'owner' })
    expect(await put('owner', 'o5', { owner: 'stranger' })).toMatchObject({ success: false, field: 'owner' })
    expect(await put('owner', 'o5', { owner: null })).toMatchObject({ success: false, field: 'owner' })
    expect(await put('owner', 'o5', { owner: 'owner', title: 'echoed' })).toMatchObject({ success: true })
    expect(await root.put('write_own', 'o5', { owner: 'stranger' })).toMatchObject({ success: true })
  })

  test("'unclaimed-or-own' claims for oneself and releases, and nothing else", async () => {
    const collection = levelName('write', 'unclaimed-or-own')
    await root.put(collection, 'u', { title: 'x' })
    expect(await wires.stranger.put(collection, 'u', { owner: 'owner' })).toMatchObject({
      success: false,
      field: 'owner',
    })
    expect(await wires.stranger.put(collection, 'u', { owner: 'stranger' })).toMatchObject({ success: true })
    expect(await wires.owner.put(collection, 'u', { owner: 'owner' })).toMatchObject({ success: false, code: 'denied' })
    expect(await wires.stranger.put(collection, 'u', { owner: '' })).toMatchObject({ success: true })
    expect(await wires.owner.put(collection, 'u', { owner: 'owner' })).toMatchObject({ success: true })
  })
})
