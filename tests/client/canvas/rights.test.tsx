import { type Canvas, createCanvas, type DeepSpaceError, RecordProvider } from 'deepspace-solid'
import { createSignal } from 'solid-js'
import { expect, onTestFinished, test } from 'vitest'
import {
  agree,
  lookAt,
  newCanvas,
  openCanvas,
  type Props,
  sentTo,
  shapeOf,
  shapesOf,
  shownIn,
} from '../../support/canvases.tsx'
import { cutLines, isBack } from '../../support/documents.tsx'
import { base, inRoom, show, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { socketsTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

const setRole = (id: string, user: string, role: string | null) => callRoom(base, id, 'setRole', [user, role])

/** A page with one canvas, signed in by what signals say. */
function pageOf(
  id: string,
  getToken: () => string | Promise<string>,
  onError: (error: DeepSpaceError) => void = () => {},
) {
  let canvas: Canvas<Props>
  const Page = () => {
    canvas = createCanvas<Props>(id)
    return null
  }
  show(() => (
    <RecordProvider url={base} getToken={getToken} onError={onError}>
      <Page />
    </RecordProvider>
  ))
  return { canvas: canvas! }
}

test('K6: what the room refuses is taken back and told with the shape and the field; what is beside it stands', async () => {
  const id = newCanvas('typed-')
  const { canvas: ann, errors } = await openCanvas(id, 'ann')
  const { canvas: bob } = await openCanvas(id, 'bob')
  const note = ann.add({ type: 'note', props: { text: 'short' } })
  await agree(id, ann, bob)
  ann.move(note, { x: 4 })
  ann.update(note, { props: { text: 'much too long for a note' } })
  expect(shapeOf(ann, note)).toMatchObject({ x: 4, props: { text: 'much too long for a note' } })
  await until(() => errors.length > 0)
  expect(errors).toMatchObject([{ code: 'invalid-field', recordId: note, field: 'props.text' }])
  expect(shapeOf(ann, note).props).toEqual({ text: 'short' })
  await agree(id, ann, bob)
  expect((await shapesOf(id))[note]!.x).toBe(4)
  const star = ann.add({ type: 'star' })
  expect(shapeOf(ann, star).type).toBe('star')
  await until(() => errors.length > 1)
  expect([errors[1]!.code, errors[1]!.recordId, ann.shapes[star]]).toEqual(['invalid-field', star, undefined])
  await agree(id, ann, bob)
})

test('K6: what the app makes of a value is shown once the room has said so', async () => {
  const id = newCanvas('typed-')
  const { canvas, errors } = await openCanvas(id, 'ann')
  const dot = canvas.add({ type: 'dot', x: 1.4 })
  expect(shapeOf(canvas, dot).x).toBe(1.4)
  await until(() => shapeOf(canvas, dot).x === 1)
  canvas.move(dot, { x: 2.6 })
  await until(() => shapeOf(canvas, dot).x === 3)
  await agree(id, canvas)
  // It is the same as before to the room, and not to us.
  canvas.move(dot, { x: 3.3 })
  await until(() => shapeOf(canvas, dot).x === 3)
  await agree(id, canvas)
  expect(errors).toEqual([])
})

test('K6: what is too much is refused by name, and drawing goes on', async () => {
  const id = newCanvas('small-')
  const { canvas, errors } = await openCanvas(id, 'ann')
  const first = canvas.add({})
  canvas.update(first, { props: { text: 'x'.repeat(1000) } })
  await until(() => errors.length === 1)
  expect(errors[0]).toMatchObject({ code: 'too-large', recordId: first })
  for (let index = 0; index < 5; index++) canvas.add({ id: `s${index}` })
  await until(() => errors.length === 2)
  expect(errors[1]).toMatchObject({ code: 'too-many', recordId: 's4' })
  await agree(id, canvas)
  expect(Object.keys(canvas.shapes)).toHaveLength(5)
})

test('K6: what is refused unread, because there was too much at once, is taken back and told; then it goes on', async () => {
  const id = newCanvas('busy-')
  const { canvas, errors } = await openCanvas(id, 'ann')
  const shape = canvas.add({})
  // Each gesture is a frame of its own.
  for (let x = 1; x <= 70; x++) canvas.gesture(() => canvas.move(shape, { x }))
  await until(() => errors.length > 0)
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['rate-limited']))
  await agree(id, canvas)
  const { x } = shapeOf(canvas, shape)
  expect([x > 20, x < 70]).toEqual([true, true])
})

test('C8: an `onError` of the app that throws is the app’s own affair: what was told goes on', async () => {
  const reported: unknown[] = []
  const listen = (event: ErrorEvent): void => {
    reported.push(event.error)
    event.preventDefault()
  }
  window.addEventListener('error', listen)
  onTestFinished(() => window.removeEventListener('error', listen))
  const id = newCanvas('typed-')
  const token = await tokenFor('ann')
  const { canvas } = pageOf(
    id,
    () => token,
    () => {
      throw new Error('of the app')
    },
  )
  await until(() => canvas.synced)
  const dot = canvas.add({ type: 'dot' })
  canvas.add({ type: 'star' })
  await until(() => reported.length > 0)
  expect(reported).toEqual([new Error('of the app')])
  canvas.move(dot, { x: 5 })
  await agree(id, canvas)
  expect([socketsTo(id).length, canvas.canUndo]).toEqual([1, true])
})

test('K9: what cannot be done is said where it is called, and nothing is shown or sent', async () => {
  const id = newCanvas()
  const { canvases } = lookAt([id], { user: 'ann' })
  const canvas = canvases[0]!
  await until(() => {
    if (canvas.synced) return true
    expect(canvas.canWrite).toBe(false)
    expect(() => canvas.add({})).toThrow(expect.objectContaining({ code: 'not-connected' }))
    return false
  })
  const a = canvas.add({ id: 'a' })
  await until(() => canvas.saved)
  const before = shownIn(canvas)
  const refused = (work: () => unknown, error: object) => expect(work).toThrow(expect.objectContaining(error))
  for (const x of [Number.NaN, Number.POSITIVE_INFINITY, 2e9, '1', null, undefined] as number[]) {
    refused(() => canvas.move(a, { x }), { code: 'invalid-field', recordId: a, field: 'x' })
    refused(() => canvas.add({ x }), { code: 'invalid-field', field: 'x' })
  }
  refused(() => canvas.resize(a, { width: -1 }), { code: 'invalid-field', field: 'width' })
  refused(() => canvas.update(a, { colour: 'red' } as object), { code: 'invalid-field', field: 'colour' })
  refused(() => canvas.update(a, { props: { color: () => {} } as object }), {
    code: 'invalid-field',
    field: 'props.color',
  })
  refused(() => canvas.update(a, { props: { color: undefined } as object }), { field: 'props.color' })
  refused(() => canvas.update(a, { props: [] as object }), { field: 'props' })
  refused(() => canvas.update(a, { props: { text: '\ud800' } }), { field: 'props.text' })
  refused(() => canvas.update(a, { unset: ['x'] as never }), { field: 'unset' })
  refused(() => canvas.add({ type: 7 as never }), { field: 'type' })
  for (const bad of ['', '__proto__', 'x'.repeat(129), 7] as string[]) {
    refused(() => canvas.add({ id: bad }), { code: 'invalid-message', field: 'id' })
  }
  expect(() => canvas.move(a, { x: '1' as never })).toThrow('FIELD ERROR: x: expected a number, received "1"')
  refused(() => canvas.add({ id: a }), { code: 'duplicate', recordId: a })
  for (const work of [
    () => canvas.move('none', { x: 1 }),
    () => canvas.remove('none'),
    () => canvas.bringToFront('none'),
    () => canvas.move('toString', { x: 1 }),
  ]) {
    refused(work, { code: 'not-found' })
  }
  canvas.update(a, {})
  expect(shownIn(canvas)).toEqual(before)
  window.dispatchEvent(new Event('pagehide'))
  expect(sentTo(id, 'canvas.write')).toHaveLength(1)
})

test('K9, K10: a reader sees everything and may do nothing; a change of role is followed at once', async () => {
  const id = newCanvas()
  const { canvas: ann, errors } = await openCanvas(id, 'ann')
  const { canvas: reader } = await openCanvas(id)
  const shape = ann.add({})
  await until(() => reader.shapes[shape])
  expect([reader.canWrite, reader.canUndo]).toEqual([false, false])
  for (const work of [() => reader.move(shape, { x: 1 }), () => reader.add({}), () => reader.undo()]) {
    expect(work).toThrow(expect.objectContaining({ code: 'denied' }))
  }
  await until(() => ann.saved)
  await setRole(id, 'ann', 'viewer')
  await until(() => !ann.canWrite)
  expect(() => ann.move(shape, { x: 1 })).toThrow(expect.objectContaining({ code: 'denied' }))
  expect([ann.canUndo, errors]).toEqual([false, []])
  await setRole(id, 'ann', 'member')
  await until(() => ann.canWrite)
  ann.move(shape, { x: 2 })
  await until(() => shapeOf(reader, shape).x === 2)
  await agree(id, ann, reader)
})

test('K6: what was done offline by who may not write any more is taken back and told', async () => {
  const room = `bound:${crypto.randomUUID()}`
  const id = `tasks:board@${room}`
  // The room has to know her before she has a role in it.
  inRoom(room, () => null, { user: 'ann' })
  await until(() => socketsTo(room)[0]?.received.length)
  const author = { userId: 'ann', name: 'ann', email: '', anonymous: false }
  await callRoom(base, room, 'put', ['tasks', `board@${room}`, { title: 'board', visibility: 'public' }, author])
  const { canvas: ann, errors } = await openCanvas(id, 'ann')
  const { canvas: reader } = await openCanvas(id, 'bob')
  expect(reader.canWrite).toBe(false)
  const shape = ann.add({})
  await until(() => ann.saved && reader.shapes[shape])
  await cutLines(id)
  ann.move(shape, { x: 1 })
  ann.add({ id: 'n' })
  await setRole(room, 'ann', 'viewer')
  await isBack(ann)
  await until(() => errors.length > 0 && ann.saved)
  expect([ann.canWrite, errors.map(({ code }) => code)]).toEqual([false, ['denied']])
  expect([Object.keys(ann.shapes), shapeOf(ann, shape).x]).toEqual([[shape], 0])
})

test('K12: who is sent away keeps nothing of what they saw', async () => {
  const id = newCanvas()
  const { canvas, errors } = await openCanvas(id, 'ann')
  canvas.add({ id: 'secret' })
  await until(() => canvas.saved)
  const secret = shapeOf(canvas, 'secret')
  await setRole(id, 'ann', null)
  await until(() => canvas.status === 'refused')
  expect([shownIn(canvas), canvas.ordered, canvas.synced, canvas.canWrite, canvas.error?.code]).toEqual([
    {},
    [],
    false,
    false,
    'forbidden',
  ])
  expect([errors.map(({ code }) => code), canvas.shapes.secret, secret.id]).toEqual([
    ['forbidden'],
    undefined,
    'secret',
  ])
})

test('K12: when another user signs in the former canvas is gone at once, and what was drawn is theirs who drew it', async () => {
  const id = newCanvas()
  const [user, setUser] = createSignal<'ann' | 'bob'>('ann')
  const tokens = { ann: await tokenFor('ann'), bob: await tokenFor('bob') }
  const { canvas } = pageOf(id, () => tokens[user()])
  await until(() => canvas.synced)
  canvas.add({ id: 'a' })
  setUser('bob')
  expect([shownIn(canvas), canvas.synced, canvas.canUndo]).toEqual([{}, false, false])
  await until(() => canvas.synced)
  expect([shapeOf(canvas, 'a').createdBy, canvas.canUndo]).toEqual(['ann', false])
  expect(socketsTo(id)).toHaveLength(2)
  expect(sentTo(id, 'canvas.write', [socketsTo(id)[1]!])).toEqual([])
})

test('K12: who comes back as somebody else, without a word of it, shows and sends nothing of the former', async () => {
  const id = newCanvas()
  const tokens = [await tokenFor('ann'), await tokenFor('bob')]
  let at = 0
  const { canvas } = pageOf(id, () => tokens[at]!)
  await until(() => canvas.synced)
  canvas.add({ id: 'a' })
  await until(() => canvas.saved)
  await cutLines(id)
  canvas.add({ id: 'offline' })
  at = 1
  await isBack(canvas)
  await until(() => canvas.synced && !canvas.shapes.offline)
  expect([Object.keys(canvas.shapes), canvas.saved, canvas.canUndo]).toEqual([['a'], true, false])
  expect(Object.keys(await shapesOf(id))).toEqual(['a'])
})

test('K12: while it is not known who is signed in nothing is sent; who was goes on, or somebody else has nothing of it', async () => {
  for (const next of ['ann', 'bob']) {
    const id = newCanvas()
    const [token, setToken] = createSignal<string | Promise<string>>(await tokenFor('ann'))
    const { canvas } = pageOf(id, () => token())
    await until(() => canvas.synced)
    const answer = Promise.withResolvers<string>()
    setToken(answer.promise)
    canvas.add({ id: 'by whom' })
    window.dispatchEvent(new Event('pagehide'))
    expect(() => canvas.undo()).toThrow(expect.objectContaining({ code: 'not-connected' }))
    expect(sentTo(id, 'canvas.write')).toEqual([])
    answer.resolve(await tokenFor(next))
    if (next === 'ann') await until(() => canvas.saved)
    else await until(() => !canvas.shapes['by whom'] && canvas.synced)
    expect(Object.keys(await shapesOf(id))).toEqual(next === 'ann' ? ['by whom'] : [])
  }
})

test('K12: who may not enter at all is told why', async () => {
  const { canvases, errors } = lookAt([newCanvas('closed-')], { user: 'ann' })
  await until(() => canvases[0]!.status === 'refused')
  expect(canvases[0]!.error?.code).toBe('forbidden')
  expect(errors).toHaveLength(1)
})

test('K14: a room that knows part A alone is not connected to, and it is said why', async () => {
  const { canvases, errors } = lookAt([newCanvas('part-a-')], { user: 'ann' })
  await until(() => errors.length > 0)
  expect(errors[0]!.message).toContain('the room does not speak version 1')
  expect([canvases[0]!.status === 'connected', canvases[0]!.synced]).toEqual([false, false])
})
