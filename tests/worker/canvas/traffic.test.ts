import { expect, onTestFinished, test } from 'vitest'
import { CanvasWire } from '../../support/canvas-wire.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'

// Nobody else is to be slowed by it.
const rooms = createOwnRooms()
const open = async (name: string, user?: string): Promise<CanvasWire> => {
  const wire = await CanvasWire.open(rooms.base, name, user)
  onTestFinished(() => wire.close())
  return wire
}
interface Stored {
  readonly shapes: number
  readonly bytes: number
  readonly removed: number
  readonly steps: number
  readonly rowsWritten: number
}
const storedIn = async (name: string) => (await callRoom(rooms.base, name, 'stored', [])).result as Stored

/** Waits until a moment, in milliseconds of `performance.now()`. */
const moment = (at: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())))

test('B3, B11: ten who move a shape each 100 times a second for 10 s cost 110 rows, and 62 frames a second to each', async () => {
  const name = `canvas:${crypto.randomUUID()}`
  const users = await Promise.all(Array.from({ length: 10 }, (_, index) => open(name, `user-${index}`)))
  const ids = users.map((user) => user.add({ props: { text: 'x'.repeat(100) } }))
  await Promise.all(users.map((user) => user.saved()))
  await Promise.all(users.map((user) => user.until(() => user.shapes.size === 10)))
  const before = await storedIn(name)
  const from = users.map((user) => user.frames.length)
  const began = performance.now()
  for (let n = 1; n <= 1000; n++) {
    await moment(began + n * 10)
    for (const [index, user] of users.entries()) user.set(ids[index]!, { x: n, y: -n }, 'drag')
  }
  const seconds = (performance.now() - began) / 1000
  await Promise.all(users.map((user) => user.done()))
  const handled = (performance.now() - began) / 1000
  await Promise.all(users.map((user) => user.saved()))
  const frames = users.map((user, index) => user.frames.slice(from[index]).length)
  const bytes = users.map((user, index) => user.frames.slice(from[index]).reduce((sum, frame) => sum + frame.bytes, 0))
  await Promise.all(users.map((user) => user.settled()))
  for (const user of users) expect(user.board).toEqual(users[0]!.board)
  expect(users[0]!.board.every(({ x, y }) => x === 1000 && y === -1000)).toBe(true)
  // The steps of undo are stored once nothing has been added to them for a while.
  let after = await storedIn(name)
  while (after.steps < 20) after = await storedIn(name)
  const rows = after.rowsWritten - before.rowsWritten
  const perSecond = Math.max(...frames) / Math.max(seconds, handled)
  console.log(
    `10 users x 1,000 moves in ${seconds.toFixed(1)} s: ${rows} rows written, of a receiver ${Math.max(...frames)} frames ` +
      `(${perSecond.toFixed(0)}/s), ${(Math.max(...bytes) / 1000).toFixed(0)} kB`,
  )
  // Where the machine is slow the room takes longer, and stores what it has whenever nothing has come for a while.
  const times = users[0]!.frames.slice(from[0]).map(({ at }) => at)
  const stalls = times.filter((at, index) => index > 0 && at - times[index - 1]! > 150).length
  const late = Math.ceil(Math.max(0, handled - 10.3))
  expect(rows).toBeLessThanOrEqual(110 + 10 * (stalls + late))
  expect(perSecond).toBeLessThanOrEqual(62.5)
  expect(after.bytes - before.bytes).toBeLessThan(10 * 20)
}, 180_000)

test('B3, B11: frames that come without a pause keep nobody from being told, nor the room from storing', async () => {
  const name = `canvas:${crypto.randomUUID()}`
  const users = await Promise.all(Array.from({ length: 10 }, (_, index) => open(name, `user-${index}`)))
  const ben = await open(name, 'ben')
  const ids = users.map((user) => user.add())
  await Promise.all(users.map((user) => user.saved()))
  await Promise.all(users.map((user) => user.settled()))
  const [from, before] = [ben.frames.length, await storedIn(name)]
  const began = performance.now()
  for (let x = 1; x <= 350; x++) for (const [index, user] of users.entries()) user.set(ids[index]!, { x })
  await Promise.all(users.map((user) => user.done()))
  const seconds = (performance.now() - began) / 1000
  const frames = ben.frames.length - from
  const rows = (await storedIn(name)).rowsWritten - before.rowsWritten
  console.log(`3,500 frames at once, handled in ${seconds.toFixed(1)} s: ${frames} frames told, ${rows} rows written`)
  expect(frames).toBeGreaterThan(5 * seconds)
  expect(rows).toBeGreaterThanOrEqual(10 * Math.floor(seconds / 1.5))
}, 60_000)

test('B11: what is on disk follows the shapes, not what was done to them', async () => {
  const name = `canvas:${crypto.randomUUID()}`
  const ann = await open(name, 'ann')
  const ids = Array.from({ length: 20 }, () => ann.add({ props: { text: 'x'.repeat(200) } }))
  await ann.saved()
  const size = async () => (await callRoom(rooms.base, name, 'size', [])).result as number
  const [before, sizeBefore] = [await storedIn(name), await size()]
  for (let round = 0; round < 30; round++) {
    ann.write(
      ids.map((id) => ({ op: 'set', id, change: { x: round, props: { text: `${round}`.repeat(100) } } })),
      'one gesture',
    )
    await ann.saved()
  }
  const after = await storedIn(name)
  expect(after.shapes).toBe(20)
  expect(after.bytes).toBeLessThan(before.bytes * 1.1)
  expect(after.steps).toBeLessThanOrEqual(21)
  const sizeAfter = await size()
  console.log(
    `20 shapes, 600 changes of 200 bytes: ${sizeBefore} -> ${sizeAfter} bytes of database, ${after.bytes} of shapes`,
  )
  expect(sizeAfter - sizeBefore).toBeLessThan(100_000)
  ann.write(ids.map((id) => ({ op: 'remove', id })))
  await ann.saved()
  expect(await storedIn(name)).toMatchObject({ shapes: 0, bytes: 0, removed: 20 })
})

test('B3, L6: who lags is told nothing meanwhile, and then the last values', async () => {
  const name = `canvas:${crypto.randomUUID()}`
  const [ann, ben] = [await open(name, 'ann'), await open(name, 'ben')]
  const ids = Array.from({ length: 15 }, () => ann.add())
  await ann.saved()
  await ben.until(() => ben.shapes.size === 15)
  ben.isDeaf = true
  const text = (round: number) => `${round} `.repeat(12_000)
  let round = 0
  // Nobody says that the first megabytes have come.
  for (; ben.frames.reduce((sum, { bytes }) => sum + bytes, 0) < 2.2e6 && round < 100; round++) {
    const [id, change] = [ids[round % ids.length]!, { props: { text: text(round) } }]
    ann.set(id, change)
    await ann.done()
  }
  await ann.settled()
  const heard = ben.frames.length
  for (const id of ids) ann.set(id, { x: ++round })
  for (const id of ids) ann.set(id, { x: ++round })
  await ann.settled()
  const last = ids.map((id) => ann.shapes.get(id)!.x)
  expect(ben.frames.length).toBe(heard)
  ben.hearAgain()
  await ben.until(() => ids.every((id, index) => ben.shapes.get(id)!.x === last[index]))
  // Of what it has missed each shape once.
  expect(ben.frames.slice(heard).flatMap(({ payload }) => Object.keys(payload.set ?? {})).length).toBe(ids.length)
  expect(ben.board).toEqual(ann.board)
})
