import { expect, inject, onTestFinished, test } from 'vitest'
import { encodeStateAsUpdate } from 'yjs'
import { callRoom } from '../../support/rpc.ts'
import { TextWire } from '../../support/text-wire.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const effort = inject('effort')
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })

/** A room, and what a test does with it. */
function house() {
  const room = crypto.randomUUID()
  const call = async (method: string, ...args: unknown[]) => {
    const outcome = await callRoom(base, room, method, args)
    expect(outcome.error).toBeUndefined()
    return outcome.result
  }
  const open = async (user?: string, search = 'v=1'): Promise<Wire> => {
    const wire = await Wire.open(base, room, user, search)
    onTestFinished(() => wire.close())
    return wire
  }
  return {
    room,
    call,
    open,
    put: (collection: string, recordId: string, data: object, as: unknown = 'system') =>
      call('put', collection, recordId, data, as),
    async join(collection: string, recordId: string, user?: string, search?: string): Promise<TextWire> {
      const text = new TextWire(await open(user, search), collection, recordId)
      await text.join()
      return text
    },
  }
}

/** What the room has said since a moment, once it has handled everything so far. */
async function news(text: TextWire, from: number): Promise<unknown[]> {
  await text.wire.request('user.update', {})
  return text.frames
    .slice(from)
    .map(({ type, step, canWrite, revoked }) =>
      type === 'yjs.join'
        ? `${canWrite ? 'write' : 'read'}${revoked ? ' revoked' : ''}`
        : step
          ? `${type} ${step}`
          : type,
    )
}

/** Who may read a record, and who may write it, by each rule that looks at the record. */
const causes = [
  ['read_published', 'visibility', { visibility: 'public' }, { visibility: 'private' }],
  ['read_own', 'owner', { owner: 'ben' }, { owner: 'ann' }],
  ['read_unclaimed_or_own', 'owner', { owner: null }, { owner: 'ann' }],
  ['read_collaborator', 'collaborators', { people: ['ben'] }, { people: [] }],
  ['read_shared', 'collaborators', { people: ['ben'] }, { people: ['eve'] }],
  ['read_team', 'the team', { team: 'red' }, { team: 'blue' }],
] as const

test.for(causes.flatMap((cause) => ['', 'v=1'].map((search) => [...cause, search] as const)))(
  'X10: who loses the record (%s, by its %s) is told so, and no more of its text',
  async ([collection, , shown, hidden, search]) => {
    const { put, join } = house()
    await put('team_members', 'm', { teamId: 'red', userId: 'ben' })
    await put(collection, 'r', { title: 'x', owner: 'ann', ...shown })
    const [root, ben] = [await join(collection, 'r', 'root'), await join(collection, 'r', 'ben', search)]
    root.say(1, 1, { at: 'root' })
    ben.say(2, 1, { at: 'ben' })
    ben.write('shared')
    await root.reads('shared')
    await root.until(({ type }) => type === 'awareness')
    await ben.wire.request('user.update', {})
    const [heard, seen] = [ben.frames.length, root.frames.length]
    await put(collection, 'r', hidden)
    root.write(' secret')
    root.say(1, 2, { at: 'secret' })
    await root.saved()
    expect(await news(ben, heard)).toEqual([search ? 'read revoked' : 'read'])
    expect(root.states(seen)).toEqual([undefined])
    // It has joined no more: what it sends is not heard, and joining again is refused as for any stranger.
    ben.write(' graffiti')
    expect(await ben.join()).toMatchObject({ error: 'Record not found' })
    expect(root.text).toBe('shared secret')
    await put(collection, 'r', shown)
    expect(await news(ben, heard)).toEqual([search ? 'read revoked' : 'read'])
    expect(await ben.join()).toMatchObject({ success: true })
    // Our copy still has what was not heard; the room does not.
    const fresh = new TextWire(ben.wire, collection, 'r')
    await fresh.join()
    expect(fresh.text).toBe('shared secret')
  },
)

test.for([
  ['write_published', { visibility: 'public' }, { visibility: 'private' }],
  ['write_own', { owner: 'ben' }, { owner: 'ann' }],
  ['write_collaborator', { people: ['ben'] }, { people: [] }],
  ['write_team', { team: 'red' }, { team: 'blue' }],
] as const)(
  'X11: who loses or gains the right to write is told, and asked for what they wrote meanwhile: %s',
  async ([collection, may, mayNot]) => {
    const { put, join } = house()
    await put('team_members', 'm', { teamId: 'red', userId: 'ben' })
    await put(collection, 'r', { title: 'x', owner: 'ann', ...may })
    for (const search of ['', 'v=1']) {
      await put(collection, 'r', may)
      const [root, ben] = [await join(collection, 'r', 'root'), await join(collection, 'r', 'ben', search)]
      expect(ben.canWrite).toBe(true)
      const [heard, quiet] = [ben.frames.length, root.frames.length]
      await put(collection, 'r', mayNot)
      expect(await news(ben, heard)).toEqual(['read'])
      ben.write('offline')
      root.write('|')
      await ben.until(({ step }) => step === 'update', heard)
      await put(collection, 'r', may)
      expect(await news(ben, heard)).toEqual(['read', 'sync update', 'write', 'sync vector'])
      expect(await news(root, quiet)).toEqual([])
      // What it answers is taken, now that it may.
      const { doc } = ben
      ben.sync('state', encodeStateAsUpdate(doc, ben.frames.at(-1).payload))
      await root.until(() => root.text.includes('offline') && root.text.includes('|'))
      // A change that changes nothing for them is not told.
      const before = ben.frames.length
      await put(collection, 'r', { title: search })
      expect(await news(ben, before)).toEqual([])
      await Promise.all([ben.leave(), root.leave()])
    }
  },
)

test('X10, X11: a membership that begins or ends, and a role that changes, hold in the turn in which they are stored', async () => {
  const { put, join, call } = house()
  await put('team_members', 'm', { teamId: 'red', userId: 'ben' })
  await put('read_team', 'r', { title: 'x', team: 'red', owner: 'ann' })
  await put('write_team', 'w', { title: 'x', team: 'red', owner: 'ann' })
  const ann = await join('read_team', 'r', 'ann')
  const [reads, writes] = [await join('read_team', 'r', 'ben'), await join('write_team', 'w', 'ben', '')]
  await put('team_members', 'm', { status: 'paused' })
  ann.write('secret')
  await ann.saved()
  expect((await news(reads, 3)).concat(await news(writes, 3))).toEqual(['read revoked', 'read'])
  await put('team_members', 'm', { status: 'active' })
  expect((await news(reads, 3)).concat(await news(writes, 4))).toEqual(['read revoked', 'write', 'sync vector'])

  await put('tasks', 't', { title: 'x', visibility: 'public' }, identity('ann'))
  await put('tasks', 'p', { title: 'x' }, identity('ann'))
  const open = await join('tasks', 't', 'eve')
  await call('setRole', 'eve', 'admin')
  expect(await news(open, 3)).toEqual(['write', 'sync vector'])
  const closed = new TextWire(open.wire, 'tasks', 'p')
  await closed.join()
  const author = await join('tasks', 'p', 'ann')
  open.wire.frames = []
  await call('setRole', 'eve', 'member')
  author.write('secret')
  await author.saved()
  expect((await news(open, 5)).concat(await news(closed, 3))).toEqual(['read', 'read revoked'])
  expect(open.wire.frames.slice(0, 3).map(({ type }) => type)).toEqual(['yjs.join', 'yjs.join', 'user.info'])
  const heard = open.frames.length
  await call('removeUser', 'eve')
  expect(await open.wire.closed).toMatchObject({ code: 4403 })
  expect(open.frames.length).toBe(heard)
})

test('X10: who loses a text with others at once is not told that they are gone', async () => {
  const { put, join, call } = house()
  await put('team_members', 'm', { teamId: 'red', userId: 'ben' })
  await put('team_members', 'n', { teamId: 'red', userId: 'eve' })
  await put('read_team', 'r', { title: 'x', team: 'red', owner: 'ann' })
  const ann = await join('read_team', 'r', 'ann')
  const texts = [await join('read_team', 'r', 'ben'), await join('read_team', 'r', 'eve', '')]
  texts.forEach((text, index) => {
    text.say(index + 1, 1, { here: index })
  })
  for (const text of texts) await text.until(({ type }) => type === 'awareness')
  const from = texts.map(({ frames }) => frames.length)
  await call(
    'batch',
    ['m', 'n'].map((recordId) => ({ type: 'remove', collection: 'team_members', recordId })),
    'system',
  )
  expect([await news(texts[0]!, from[0]!), await news(texts[1]!, from[1]!)]).toEqual([['read revoked'], ['read']])
  await ann.until(() => ann.states().filter((state) => state === undefined).length === 2)
})

test(
  'X1, X10, X11: whatever is written, whoever joins, leaves or gets a role, a text is read and written by whoever may that',
  async () => {
    const users = ['ann', 'ben', 'eve', undefined] as const
    const records = ['a', 'a:b'] as const
    const collections = ['read_team', 'write_team', 'tasks'] as const
    for (let story = 0; story < 4 * effort; story++) {
      const { put, call, open, room } = house()
      const wires = await Promise.all(users.map((user, index) => open(user, (index + story) % 2 ? 'v=1' : '')))
      const pick = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!
      const told: string[] = []
      const texts = new Map<string, { text: TextWire; who: number }>()
      const root = await open('root')
      /** What the room says when it is asked for the record, and when it is asked to change nothing of it. */
      const rights = async (who: number, { place }: TextWire): Promise<'none' | 'read' | 'write'> => {
        const wire = wires[who]!
        const { collection, recordId } = place
        if (!(await wire.see(collection, recordId))) return 'none'
        const { success } = await wire.put(collection, recordId, {})
        return success ? 'write' : 'read'
      }
      for (let step = 0; step < 60; step++) {
        const [who, recordId, collection] = [pick([0, 1, 2, 3]), pick(records), pick(collections)]
        const user = users[who]
        const deed = pick(['put', 'put', 'remove', 'member', 'leave', 'role', 'join', 'join', 'join', 'edit', 'edit'])
        told.push(`${deed} ${user} ${collection} ${recordId}`)
        const key = `${collection}:${recordId}:${who}`
        if (deed === 'put') {
          const data = {
            title: 'x',
            visibility: pick(['public', 'private']),
            ...(collection !== 'tasks' && {
              team: pick(['red', 'blue', null]),
              owner: pick(['ann', 'ben', null]),
              people: pick([[], ['eve']]),
            }),
          }
          await callRoom(base, room, 'put', [
            collection,
            recordId,
            data,
            collection === 'tasks' ? identity(pick(['ann', 'ben'])) : 'system',
          ])
        } else if (deed === 'remove') {
          await callRoom(base, room, 'remove', [collection, recordId, 'system'])
        } else if (deed === 'member') {
          const userId = user ?? 'ann'
          await put('team_members', userId, {
            teamId: pick(['red', 'blue']),
            userId,
            status: pick(['active', 'paused']),
          })
        } else if (deed === 'leave') {
          await callRoom(base, room, 'remove', ['team_members', user ?? 'ann', 'system'])
        } else if (deed === 'role') {
          if (user) await call('setRole', user, pick(['admin', 'member', 'viewer']))
        } else if (deed === 'edit') {
          // Those who may read hear it, and nobody else: the spy says so.
          const text = new TextWire(root, collection, recordId)
          if ((await text.join()).success) {
            text.edit((words) => words.insert(0, '.'))
            await text.saved()
            await text.leave()
          }
          text.end()
        } else if (!texts.has(key)) {
          const text = new TextWire(wires[who]!, collection, recordId)
          const { success } = await text.join()
          expect([told, success]).toEqual([told, (await rights(who, text)) !== 'none'])
          if (success) texts.set(key, { text, who })
          else text.end()
        }
        for (const [key, { text, who }] of texts) {
          const may = await rights(who, text)
          const last = text.frames.findLast(({ type }) => type === 'yjs.join')
          expect([told, key, last.canWrite]).toEqual([told, key, may === 'write'])
          if (may !== 'none') continue
          // It is said where that is known, and nothing comes behind it.
          expect([told, text.frames.at(-1) === last]).toEqual([told, true])
          if ((who + story) % 2) expect([told, last.revoked]).toEqual([told, true])
          text.end()
          texts.delete(key)
        }
      }
    }
  },
  60_000 * effort,
)
