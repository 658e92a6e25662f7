import { RecordProvider } from 'deepspace-solid'
import { expect, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { Note } from '../../../examples/text/note.tsx'
import { newDoc, storedText } from '../../support/documents.tsx'
import { base, show, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { tokenFor } from '../../support/users.ts'

/** The note of docs/text.md, as somebody sees it. */
function note(id: string, user: string | undefined, color: string) {
  const page = show(() => (
    <RecordProvider url={base} getToken={() => (user === undefined ? null : tokenFor(user))}>
      <Note id={id} color={color} />
    </RecordProvider>
  ))
  return {
    ...page,
    get text() {
      return page.root.querySelector('textarea')!
    },
    get status() {
      return page.root.querySelector('[role=status]')?.textContent
    },
    get alert() {
      return page.root.querySelector('[role=alert]')?.textContent
    },
    get people() {
      return [...page.root.querySelectorAll('li')].map(({ textContent }) => textContent)
    },
  }
}

test('the note of docs/text.md: two write it at once, see each other, and see that it is stored', async () => {
  const id = newDoc()
  const [ann, ben] = [note(id, 'ann', 'rgb(200, 0, 0)'), note(id, 'ben', 'rgb(0, 0, 200)')]
  await until(() => ann.text.value === 'Dear all,\n' && ben.text.value === 'Dear all,\n')
  await until(() => ann.people.join() === 'ben' && ben.people.join() === 'ann')
  expect(ben.root.querySelector('li')!.style.color).toBe('rgb(200, 0, 0)')
  ann.text.focus()
  ann.text.setSelectionRange(10, 10)
  await userEvent.keyboard('hello')
  await until(() => ben.text.value === 'Dear all,\nhello')
  await until(() => ann.status === 'Saved')
  expect(await storedText(id)).toBe('Dear all,\nhello')
})

test('the note of docs/text.md: a reader may read, and who is removed is told', async () => {
  const id = newDoc()
  const [ann, visitor] = [note(id, 'ann', 'red'), note(id, undefined, 'blue')]
  await until(() => ann.status === 'Saved' && visitor.text.value === 'Dear all,\n')
  expect(visitor.text.readOnly).toBe(true)
  await callRoom(base, id, 'setRole', ['ann', 'viewer'])
  await until(() => ann.text.readOnly)
  await callRoom(base, id, 'removeUser', ['ann'])
  await until(() => ann.alert === 'The room is closed to this user')
})
