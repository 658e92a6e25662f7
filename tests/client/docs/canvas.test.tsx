import { RecordProvider } from 'deepspace-solid'
import { expect, test } from 'vitest'
import { Board } from '../../../examples/canvas/board.tsx'
import { newCanvas, shapesOf } from '../../support/canvases.tsx'
import { base, show, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { tokenFor } from '../../support/users.ts'

/** The board of docs/canvas.md, as somebody sees it. */
function board(id: string, user?: string) {
  const page = show(() => (
    <RecordProvider url={base} getToken={() => (user === undefined ? null : tokenFor(user))}>
      <Board id={id} />
    </RecordProvider>
  ))
  return {
    ...page,
    get status() {
      return page.root.querySelector('[role=status]')?.textContent
    },
    get alert() {
      return page.root.querySelector('[role=alert]')?.textContent
    },
    get notes(): Element[] {
      return [...page.root.querySelectorAll('rect')]
    },
    /** Where its notes are, from back to front. */
    get places(): string {
      return this.notes.map((note) => `${note.getAttribute('x')},${note.getAttribute('y')}`).join(' ')
    },
    button: (name: string) =>
      [...page.root.querySelectorAll('button')].find(({ textContent }) => textContent === name)!,
    /** Drags a note by way of some places. */
    drag(note: Element, ...places: readonly (readonly [x: number, y: number])[]) {
      const at = (type: string, [clientX, clientY]: readonly [number, number]) =>
        note.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX, clientY }))
      at('pointerdown', [0, 0])
      for (const place of places) at('pointermove', place)
      at('pointerup', places.at(-1)!)
    },
  }
}

test('the board of docs/canvas.md: two move notes on it, and a drag is one step to undo', async () => {
  const id = newCanvas()
  const [ann, ben] = [board(id, 'ann'), board(id, 'ben')]
  await until(() => ann.status === 'Saved' && !ann.button('Add').disabled && !ben.button('Add').disabled)
  ann.button('Add').click()
  ben.button('Add').click()
  await until(() => ann.notes.length === 2 && ben.notes.length === 2)
  await until(() => ann.status === 'Saved' && ben.status === 'Saved')
  const [back] = ann.notes
  ann.drag(back!, [10, 10], [20, 30], [40, 50])
  expect(ann.places).toBe('0,0 40,50')
  await until(() => ben.places === '0,0 40,50')
  await until(() => ann.status === 'Saved')
  ann.button('Red').click()
  await until(() => ben.notes.some((note) => note.getAttribute('fill') === 'tomato'))
  for (let step = 0; step < 2; step++) {
    await until(() => ann.status === 'Saved' && !ann.button('Undo').disabled)
    ann.button('Undo').click()
  }
  await until(() => ben.places === '0,0 0,0' && ben.notes.every((note) => note.getAttribute('fill') === 'gold'))
  await until(() => !ann.button('Redo').disabled)
  ann.button('Redo').click()
  await until(() => ben.places === '0,0 40,50')
  ben.drag(ben.notes[0]!, [1, 1])
  ben.button('Remove').click()
  await until(() => ann.notes.length === 1)
  await until(() => ann.status === 'Saved' && ben.status === 'Saved')
  expect(Object.values(await shapesOf(id))).toMatchObject([{ x: 40, y: 50 }])
})

test('the board of docs/canvas.md: a reader may look, and who is removed is told', async () => {
  const id = newCanvas()
  const [ann, visitor] = [board(id, 'ann'), board(id)]
  await until(() => !ann.button('Add').disabled)
  ann.button('Add').click()
  await until(() => visitor.notes.length === 1)
  expect([visitor.button('Add').disabled, visitor.button('Undo').disabled]).toEqual([true, true])
  visitor.drag(visitor.notes[0]!, [5, 5])
  expect(visitor.places).toBe('0,0')
  await callRoom(base, id, 'removeUser', ['ann'])
  await until(() => ann.alert === 'The room is closed to this user')
})
