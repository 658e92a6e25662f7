import { type Canvas, createCanvas, RecordProvider } from 'deepspace-solid'
import { createEffect, createRoot, createSignal } from 'solid-js'
import { expect, onTestFinished, test } from 'vitest'
import { agree, heardFrom, newCanvas, openCanvas, shownIn } from '../../support/canvases.tsx'
import { cutLines, isBack } from '../../support/documents.tsx'
import { base, show, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketsTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

test('K5, K10: a canvas that is told in parts is shown whole at once; the way back is not told in parts', async () => {
  const id = newCanvas()
  const { canvas: ann } = await openCanvas(id, 'ann')
  for (let index = 0; index < 40; index++) ann.add({ id: `s${index}`, props: { text: 'x'.repeat(50_000) } })
  await until(() => ann.saved)
  let canvas!: Canvas
  const seen: number[] = []
  const token = await tokenFor('bob')
  const Page = () => {
    canvas = createCanvas(id)
    createEffect(() => seen.push(canvas.ordered.length))
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => token}>
      <Page />
    </RecordProvider>
  ))
  await until(() => canvas.synced)
  expect(seen).toEqual([0, 40])
  expect(heardFrom(id, 'canvas.shapes', [socketsTo(id)[1]!]).length).toBeGreaterThan(1)
  const before = socketsTo(id).length
  await cutLines(id)
  ann.move('s3', { x: 1 })
  await isBack(ann, canvas)
  await until(() => canvas.shapes.s3!.x === 1)
  const parts = heardFrom(id, 'canvas.shapes', socketsTo(id).slice(before))
  expect([parts.length, parts.every(({ since }) => since !== undefined)]).toEqual([2, true])
  expect(seen).toEqual([0, 40])
})

test('K5: a room that was emptied shows nothing any more, and what comes then', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const record = `board@${room}`
  const author = { userId: 'ann', name: 'ann', email: '', anonymous: false }
  const put = () => callRoom(base, room, 'put', ['tasks', record, { title: 'x', visibility: 'public' }, author])
  await put()
  const { canvas } = await openCanvas(`tasks:${record}`, 'ann')
  canvas.add({ id: 'before' })
  await until(() => canvas.saved)
  await callRoom(base, room, 'remove', ['tasks', record, 'system'])
  await until(() => canvas.status === 'refused')
  expect([shownIn(canvas), canvas.synced]).toEqual([{}, false])
  await put()
  const again = await openCanvas(`tasks:${record}`, 'ann')
  again.canvas.add({ id: 'after' })
  await until(() => again.canvas.saved)
  expect(Object.keys(again.canvas.shapes)).toEqual(['after'])
})

test('K12: when it becomes known that somebody else is signed in than the room has greeted, the canvas begins anew', async () => {
  const id = newCanvas()
  const token = await tokenFor('ann')
  const [userId, setUserId] = createSignal<string | null>()
  let canvas!: Canvas
  const Page = () => {
    canvas = createCanvas(id)
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={() => token} userId={userId()}>
      <Page />
    </RecordProvider>
  ))
  await until(() => canvas.synced)
  canvas.add({ id: 'a' })
  setUserId('ann')
  expect([Object.keys(canvas.shapes), socketsTo(id).length]).toEqual([['a'], 1])
  setUserId('bob')
  expect([shownIn(canvas as never), canvas.synced]).toEqual([{}, false])
  await until(() => canvas.synced)
  expect(Object.keys(canvas.shapes)).toEqual(['a'])
  expect(socketsTo(id)).toHaveLength(2)
})

test('K12: a visitor keeps what is shown over a cut, though they have another id then', async () => {
  const id = newCanvas('role-member-')
  const { canvas: ann } = await openCanvas(id, 'ann')
  const { canvas: visitor, errors } = await openCanvas(id)
  let runs = 0
  createRoot((dispose) => {
    onTestFinished(dispose)
    createEffect(() => {
      visitor.ordered
      runs++
    })
  })
  ann.add({ id: 'a' })
  await until(() => visitor.shapes.a)
  const before = runs
  await cutLines(id)
  visitor.move('a', { x: 1 })
  await isBack(ann, visitor)
  await agree(id, ann, visitor)
  expect([runs, ann.shapes.a!.x, errors]).toEqual([before, 1, []])
})
