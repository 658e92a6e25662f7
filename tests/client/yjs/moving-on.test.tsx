import { createYjsDoc, createYText, RecordProvider } from 'deepspace-solid'
import { createResource, createSignal, Suspense, useTransition } from 'solid-js'
import { expect, test } from 'vitest'
import { newDoc, open, textIn } from '../../support/documents.tsx'
import { base, show, until } from '../../support/room.tsx'
import { socketTo } from '../../support/sockets.ts'
import { tokenFor } from '../../support/users.ts'

test('while a page moves on to another document the one that is shown goes on, and each has its own', async () => {
  const [a, b] = [newDoc(), newDoc()]
  const { doc: inA } = await open(a, 'bob')
  const { doc: inB } = await open(b, 'bob')
  inA.setText('a')
  inB.setText('b')
  await until(() => inA.saved && inB.saved)
  const [id, setId] = createSignal(a)
  let arrive: (() => void) | undefined
  let move: () => void
  const Note = () => {
    const note = createYjsDoc(id)
    const body = createYText(() => note.text)
    const [neighbour] = createResource(id, async (of) => {
      await new Promise<void>((resolve) => {
        arrive = resolve
      })
      return of === a ? 'at a' : 'at b'
    })
    return (
      <p>
        {body.value} {neighbour()}
      </p>
    )
  }
  const page = show(() => {
    const [, start] = useTransition()
    move = () => void start(() => setId(b))
    return (
      <RecordProvider url={base} getToken={() => tokenFor('ann')} keepFor={0}>
        <Suspense fallback="waiting">
          <Note />
        </Suspense>
      </RecordProvider>
    )
  })
  await until(() => arrive)
  arrive!()
  await until(() => page.root.textContent === 'a at a')
  const [socketA, before] = [socketTo(a), socketTo(b)]
  arrive = undefined
  move!()
  await until(() => arrive && socketTo(b) !== before)
  await until(() => socketTo(b).receivedBytes.some((frame) => frame.type === 'sync' && frame.step === 'state'))
  inA.setText('a, still')
  await until(() => page.root.textContent === 'a, still at a')
  expect(socketA.socket.readyState).toBe(WebSocket.OPEN)
  expect([...inA.awareness!.getStates()]).toHaveLength(2)
  arrive!()
  await until(() => page.root.textContent === 'b at b')
  await until(() => socketA.socket.readyState === WebSocket.CLOSED)
  inB.setText('b, too')
  await until(() => page.root.textContent === 'b, too at b')
  expect(textIn(inA)).toBe('a, still')
  page.unmount()
  await until(() => socketTo(b).socket.readyState === WebSocket.CLOSED)
})
