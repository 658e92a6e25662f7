import { RecordProvider } from 'deepspace-solid'
import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { Cursors } from '../../../examples/presence/cursors.tsx'
import { newPresence } from '../../support/presence.tsx'
import { base, show, until } from '../../support/room.tsx'
import { tokenFor } from '../../support/users.ts'

/** The surface of docs/presence.md, as somebody sees it. */
function surface(id: string, user: string, color: string) {
  const page = show(() => (
    <RecordProvider url={base} getToken={() => tokenFor(user)}>
      <Cursors id={id} color={color} />
    </RecordProvider>
  ))
  const all = (selector: string) => [...page.root.querySelectorAll<HTMLElement>(selector)]
  return {
    ...page,
    all,
    get people() {
      return all('li').map(({ textContent }) => textContent)
    },
    get status() {
      return all('[role=status]')[0]!.textContent
    },
  }
}

test('the surface of docs/presence.md: each sees where the other points, in their colour, and that they wave', async () => {
  const id = newPresence()
  const [ann, ben] = [surface(id, 'ann', 'rgb(200, 0, 0)'), surface(id, 'ben', 'rgb(0, 0, 200)')]
  await until(() => ann.people.join() === 'ben' && ben.people.join() === 'ann')
  const point = (type: string, init: object = {}) =>
    ann.all('section')[0]!.dispatchEvent(new PointerEvent(type, { bubbles: true, ...init }))
  point('pointermove', { clientX: 40, clientY: 30 })
  await until(() => ben.all('span').length === 1)
  const [cursor] = ben.all('span')
  expect([cursor!.textContent, cursor!.style.color]).toEqual(['ann', 'rgb(200, 0, 0)'])
  const before = cursor!.style.translate
  point('pointermove', { clientX: 80, clientY: 60 })
  await until(() => cursor!.style.translate !== before)
  point('pointerleave')
  await until(() => ben.all('span').length === 0)
  await userEvent.click(ann.all('button')[0]!)
  await until(() => ben.status === 'ann waved' && ann.status === 'You waved')
  ann.unmount()
  await until(() => ben.people.length === 0)
})
