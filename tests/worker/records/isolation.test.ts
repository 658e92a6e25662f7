import { expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const limited = () => `limited:${crypto.randomUUID()}`

/** Asks for a number under an id and waits for what comes first: the number or the refusal. */
async function count(wire: Wire, subscriptionId: string, query: object) {
  wire.send('core.subscribe', { subscriptionId, query, count: true })
  return (await wire.until(({ payload }) => payload.subscriptionId === subscriptionId)).payload
}

/** A condition that SQLite can take as it stands, and not with a read rule around it. */
const deep = { or: Array.from({ length: 99 }, () => ({ createdAt: { isNull: false } })) }

/** A condition that only the matcher knows. */
const matched = { title: { like: '%x%' } }

test('W9, A6: a new role holds on every connection, whatever becomes of what one of them has asked', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(base, room, 'root')
  const first = await Wire.open(base, room, 'alice', 'v=1')
  const others = await Promise.all(Array.from({ length: 4 }, () => Wire.open(base, room, 'alice')))
  expect(await root.request('user.set_role', { userId: 'alice', role: 'admin' })).toMatchObject({ success: true })
  await root.put('tasks', 'hidden', { title: 'hidden' })
  await count(first, 'n', { collection: 'tasks', where: deep })
  await Promise.all(others.map((each) => each.drain()))

  expect(await root.request('user.set_role', { userId: 'alice', role: 'member' })).toMatchObject({ success: true })
  for (const each of others) {
    expect(each.user!.role).toBe('member')
    expect(await each.see('tasks', 'hidden')).toBeUndefined()
    expect(await each.put('tasks', 'hidden', { title: 'mine' })).toMatchObject({ error: 'Record not found' })
  }
})

test('W9, Q12: a number that cannot be counted any more is refused by its id; the write is acknowledged and told', async () => {
  const room = limited()
  const [alice, bob] = await Promise.all([Wire.open(base, room, 'alice', 'v=1'), Wire.open(base, room, 'bob')])
  const operations = Array.from({ length: 38 }, (_, number) => ({
    type: 'put',
    collection: 'read_team',
    recordId: `r${number}`,
    data: { team: 'blue', title: 'x' },
  }))
  await callRoom(base, room, 'batch', [operations, 'system'])
  const membership = (status: string) => ['team_members', 'm', { teamId: 'blue', userId: 'alice', status }, 'system']
  await callRoom(base, room, 'put', membership('paused'))
  expect(await count(alice, 'n', { collection: 'read_team', where: matched })).toMatchObject({ count: 0 })
  await bob.request('core.subscribe', { subscriptionId: 's', query: { collection: 'samples' } })
  await Promise.all([alice.drain(), bob.drain()])

  // The membership begins: what she may read is counted anew, and that is too much.
  expect(await callRoom(base, room, 'put', membership('active'))).toEqual({ result: null })
  expect((await alice.until(({ type }) => type === 'core.error')).payload).toMatchObject({
    subscriptionId: 'n',
    code: 'too-large',
  })
  expect(await bob.put('samples', 's', {})).toMatchObject({ success: true })
  expect((await bob.changes()).map(({ record }) => record.recordId)).toContain('s')
  // It is over: nothing comes for it any more.
  await alice.drain()
  await callRoom(base, room, 'put', membership('paused'))
  expect((await alice.drain()).filter(({ payload }) => payload.subscriptionId === 'n')).toEqual([])
})

test('W9, U7: a removal ends every connection of the user, whatever becomes of the numbers of others', async () => {
  const room = crypto.randomUUID()
  const root = await Wire.open(base, room, 'root', 'v=1')
  const gone = await Promise.all([Wire.open(base, room, 'eve', 'v=1'), Wire.open(base, room, 'eve')])
  await count(root, 'n', { collection: 'samples', where: deep })
  await count(gone[0]!, 'n', { collection: 'samples', where: deep })
  // workerd is slow to end a connection that has never said anything.
  await Promise.all([root, ...gone].map((each) => each.drain()))
  expect(await callRoom(base, room, 'removeUser', ['eve'])).toEqual({ result: null })
  for (const each of gone) expect(await each.closed).toEqual({ code: 4403, reason: 'forbidden' })
})

test('W9: what an app says of roles may fail for one; the others are told', async () => {
  const room = `moody:${crypto.randomUUID()}`
  const [root, alice, bob] = await Promise.all([
    Wire.open(base, room, 'root'),
    Wire.open(base, room, 'alice'),
    Wire.open(base, room, 'bob'),
  ])
  await bob.request('user.list', {})
  await Promise.all([alice.drain(), bob.drain()])
  await callRoom(base, room, 'failFor', ['alice'])
  expect(await root.request('user.set_role', { userId: 'alice', role: 'viewer' })).toMatchObject({ success: true })
  expect(await alice.closed).toEqual({ code: 1012, reason: 'state-refresh' })
  expect(await bob.put('samples', 'b', {})).toMatchObject({ success: true })
  expect((await bob.drain()).filter(({ type }) => type === 'core.record_change')).toHaveLength(1)
})

test('A6, L8: what a change of role shows and hides is looked for once, however many connections the user has', async () => {
  const reads = async (connections: number) => {
    const room = `counting:${crypto.randomUUID()}`
    const root = await Wire.open(base, room, 'root')
    const operations = Array.from({ length: 100 }, (_, n) => ({
      type: 'put',
      collection: 'tasks',
      recordId: `t${n}`,
      data: { title: 'x' },
    }))
    await callRoom(base, room, 'batch', [operations, 'system'])
    const wires = await Promise.all(Array.from({ length: connections }, () => Wire.open(base, room, 'alice', 'v=1')))
    for (const wire of wires) {
      await wire.request('core.subscribe', { subscriptionId: 's', query: { collection: 'tasks' } })
      await wire.drain()
    }
    await callRoom(base, room, 'statements', [])
    await root.request('user.set_role', { userId: 'alice', role: 'admin' })
    for (const wire of wires) {
      expect(
        (await wire.changes()).flatMap((change) => ('changes' in change ? change.changes : [change])),
      ).toHaveLength(100)
    }
    return ((await callRoom(base, room, 'statements', [])).result as { onRecords: number }).onRecords
  }
  const alone = await reads(1)
  expect(alone).toBeGreaterThan(0)
  expect(await reads(8)).toBe(alone)
})

test('W9: where it cannot be judged who may read what was written, the write is acknowledged, and everyone asks anew', async () => {
  const room = crypto.randomUUID()
  const [alice, bob] = await Promise.all([Wire.open(base, room, 'alice'), Wire.open(base, room, 'bob')])
  await Promise.all([alice.drain(), bob.drain()])
  // The members of a team cannot be read any more.
  await callRoom(base, room, 'sql', ['ALTER TABLE records_team_members RENAME COLUMN _createdAt TO _gone', []])
  const put = ['read_team', 'r', { title: 'x', team: 't' }, 'system']
  expect(await callRoom(base, room, 'put', put)).toEqual({ result: null })
  for (const wire of [alice, bob]) expect(await wire.closed).toEqual({ code: 1012, reason: 'state-refresh' })
  expect((await callRoom(base, room, 'sql', ['SELECT _id FROM records_read_team', []])).result).toEqual([{ _id: 'r' }])
})
