import { expect, onTestFinished, test } from 'vitest'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { PresenceWire } from '../../support/presence-wire.ts'
import { callRoom } from '../../support/rpc.ts'

const rooms = createOwnRooms()
const identity = (userId: string) => ({ userId, name: userId, email: '', anonymous: false })

test('G4 to G6: who is at a record is seen by whoever may read it, for as long as they may, and by nobody else', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const name = `channels:c@${room}`
  await callRoom(rooms.base, room, 'put', ['channels', `c@${room}`, { name: 'c' }, identity('ann')])
  const open = async (user: string): Promise<PresenceWire> => {
    const wire = await PresenceWire.open(rooms.base, name, user)
    onTestFinished(() => wire.close())
    return wire
  }
  const ann = await open('ann')
  await ann.enter({ secret: 'canary' })
  const stranger = await open('ben')
  expect(await stranger.closed).toMatchObject({ code: 4403 })
  expect(stranger.frames).toEqual([])
  await callRoom(rooms.base, room, 'setRole', ['root', 'admin'])
  const admin = await open('root')
  await admin.enter({ here: true })
  expect(admin.states.ann).toEqual([{ secret: 'canary' }])
  await callRoom(rooms.base, room, 'remove', ['channels', `c@${room}`, 'system'])
  expect([await ann.closed, await admin.closed]).toEqual(Array(2).fill({ code: 4403, reason: 'forbidden' }))
  expect((await callRoom(rooms.base, name, 'peers', [])).result).toEqual([])
})
