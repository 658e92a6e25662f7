import { createMemoryHistory, MemoryRouter } from '@solidjs/router'
import { describe, expect, onTestFinished, test } from 'vitest'
import { userEvent } from 'vitest/browser'
import { BookEditor } from '../../../examples/library/book-editor.tsx'
import { BookForm } from '../../../examples/library/book-form.tsx'
import { BookRoutes, Layout } from '../../../examples/library/book-routes.tsx'
import { BookShelf } from '../../../examples/library/book-shelf.tsx'
import { BookTable } from '../../../examples/library/book-table.tsx'
import { books } from '../../../examples/library/schema.ts'
import { base, items, type RoomPage, texts, until, visit } from '../../support/room.tsx'
import { caughtUp, sentTo, socketsTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

const shelf = [
  { title: 'Emma', author: 'Jane Austen', pages: 474 },
  { title: 'Frankenstein', author: 'Mary Shelley', pages: 280 },
  { title: 'Moby-Dick', author: 'Herman Melville', pages: 635, tags: ['sea'] },
]

/** A page of a library that Bob writes too; the books are `0`, `1` and so on. */
async function library(ui: () => ReturnType<typeof BookTable>, all: readonly Record<string, unknown>[] = shelf) {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  for (const [index, book] of all.entries()) await bob.put('books', `${index}`, book)
  const page = visit(room, ui, { user: 'alice', collections: [books] })
  const writes = () => sentTo(room, 'core.put').map(({ payload }) => payload.data)
  const stored = async (id: string) => (await bob.see('books', id))!.data
  return { room, bob, page, writes, stored }
}

/** What changes in the document from now on. */
function watch(page: RoomPage): () => { readonly text: number; readonly elements: number } {
  const seen: MutationRecord[] = []
  const observer = new MutationObserver((records) => void seen.push(...records))
  observer.observe(page.root, { subtree: true, childList: true, characterData: true })
  onTestFinished(() => observer.disconnect())
  return () => {
    seen.push(...observer.takeRecords())
    const changed = seen.splice(0)
    const nodes = changed.flatMap(({ addedNodes, removedNodes }) => [...addedNodes, ...removedNodes])
    return {
      text: changed.filter(({ type }) => type === 'characterData').length,
      elements: nodes.filter((node) => node instanceof Element).length,
    }
  }
}

function button(page: RoomPage, name: string): HTMLButtonElement {
  return [...page.root.querySelectorAll('button')].find(({ textContent }) => textContent === name)!
}

describe('docs/libraries.md: the table', () => {
  const cells = (page: RoomPage) => items(page, 'tbody tr').map((row) => [...row.children].map((td) => td.textContent))

  test('a change touches one cell, and the other elements stay', async () => {
    const { room, bob, page } = await library(() => <BookTable />)
    await until(() => cells(page).length === 3)
    expect(cells(page)[0]).toEqual(['Emma', 'Jane Austen', '474'])
    expect(texts(page, 'th')).toEqual(['Title', 'Author', 'Pages'])
    const before = items(page, 'td')
    const changed = watch(page)
    await bob.put('books', '1', { pages: 281 })
    await caughtUp(room)
    expect(cells(page)[1]).toEqual(['Frankenstein', 'Mary Shelley', '281'])
    expect(items(page, 'td')).toEqual(before)
    const { text, elements } = changed()
    expect(elements).toBe(0)
    expect(text).toBe(1)
  })

  test('a row that comes, goes or moves leaves the others', async () => {
    const { room, bob, page } = await library(() => <BookTable />)
    await until(() => cells(page).length === 3)
    const [emma, frankenstein, moby] = items(page, 'tbody tr')
    await bob.put('books', '3', { title: 'Ivanhoe', author: 'Walter Scott', pages: 544 })
    await caughtUp(room)
    expect(cells(page).map(([title]) => title)).toEqual(['Emma', 'Frankenstein', 'Ivanhoe', 'Moby-Dick'])
    await bob.put('books', '0', { title: 'The Watsons' })
    await bob.request('core.delete', { collection: 'books', recordId: '1' })
    await caughtUp(room)
    await until(() => cells(page).length === 3)
    expect(cells(page).map(([title]) => title)).toEqual(['Ivanhoe', 'Moby-Dick', 'The Watsons'])
    expect(items(page, 'tbody tr').slice(1)).toEqual([moby, emma])
    expect(frankenstein!.isConnected).toBe(false)
    // Cells of rows that have moved are as live as before.
    await bob.put('books', '0', { pages: 99 })
    await caughtUp(room)
    expect(cells(page)[2]).toEqual(['The Watsons', 'Jane Austen', '99'])
  })

  test('a header orders by its column, in the room', async () => {
    const { page } = await library(() => <BookTable />)
    await until(() => cells(page).length === 3)
    const rows = new Set(items(page, 'tbody tr'))
    await userEvent.click(button(page, 'Pages'))
    await until(() => cells(page)[0]![0] === 'Frankenstein')
    expect(cells(page).map(([, , pages]) => pages)).toEqual(['280', '474', '635'])
    expect(new Set(items(page, 'tbody tr'))).toEqual(rows)
  })
})

describe('docs/libraries.md: the virtual list', () => {
  const many = Array.from({ length: 300 }, (_, n) => ({
    title: `Book ${String(n).padStart(3, '0')}`,
    author: null,
    pages: n,
  }))

  test('it shows what the room has, where one has scrolled to, and draws no more than that', async () => {
    const { room, bob, page } = await library(() => <BookShelf />, many)
    await until(() => texts(page)[0] === 'Book 000')
    expect(texts(page).length).toBeLessThan(30)
    const scroller = page.root.querySelector('div')!
    scroller.scrollTop = 24 * 150
    await until(() => texts(page).includes('Book 155'))
    expect(texts(page)).not.toContain('Book 000')
    expect(texts(page).length).toBeLessThan(30)

    await bob.put('books', '155', { title: 'Book 155, second edition' })
    await until(() => texts(page).includes('Book 155, second edition'))
    await bob.request('core.delete', { collection: 'books', recordId: '156' })
    await until(() => !texts(page).includes('Book 156'))
    expect(texts(page)).toContain('Book 157')
    await bob.put('books', '300', { title: 'Book 156, found again', author: null, pages: 1 })
    await until(() => texts(page).includes('Book 156, found again'))
    await caughtUp(room)
    scroller.scrollTop = scroller.scrollHeight
    await until(() => texts(page).at(-1) === 'Book 299')
    expect(texts(page)).not.toContain('')
  })

  test('it gets shorter with its list', async () => {
    const { bob, page } = await library(() => <BookShelf />, many.slice(0, 20))
    await until(() => texts(page)[0] === 'Book 000')
    const list = page.root.querySelector('ol')!
    expect(list.style.height).toBe('480px')
    for (let n = 5; n < 20; n++) await bob.request('core.delete', { collection: 'books', recordId: `${n}` })
    await until(() => list.style.height === '120px')
    expect(texts(page)).toEqual(many.slice(0, 5).map(({ title }) => title))
  })
})

describe('docs/libraries.md: the form', () => {
  async function form() {
    const opened = await library(() => <BookForm id="0" />)
    await until(() => items(opened.page, 'input').length === 2)
    const [title, pages] = items(opened.page, 'input') as HTMLInputElement[]
    return { ...opened, title: title!, pages: pages! }
  }

  test('before anybody types it follows the room', async () => {
    const { bob, title } = await form()
    expect(title.value).toBe('Emma')
    await bob.put('books', '0', { title: 'Emma, revised' })
    await until(() => title.value === 'Emma, revised')
  })

  test('a draft survives what others write, and only what was changed here is sent', async () => {
    const { room, bob, page, title, pages, writes, stored } = await form()
    await userEvent.click(title)
    await userEvent.keyboard('{End}!')
    await bob.put('books', '0', { title: 'Theirs', pages: 475 })
    await caughtUp(room)
    expect(title.value).toBe('Emma!')
    await userEvent.click(button(page, 'Save'))
    await until(() => writes().length === 1)
    await caughtUp(room)
    expect(writes()).toEqual([{ title: 'Emma!' }])
    expect(await stored('0')).toMatchObject({ title: 'Emma!', pages: 475 })
    // Saved, it shows and follows the room again.
    await until(() => pages.value === '475')
    await bob.put('books', '0', { title: 'Emma, revised' })
    await until(() => title.value === 'Emma, revised')
  })

  test('the schemas of the collection say what is wrong, and nothing is sent', async () => {
    const { room, page, pages, writes } = await form()
    await userEvent.clear(pages)
    await userEvent.click(button(page, 'Save'))
    await until(() => texts(page, 'em').length === 1)
    await caughtUp(room)
    expect(writes()).toEqual([])
  })
})

test('docs/libraries.md: a draft in a store survives what others write, and is put as it was edited', async () => {
  const { room, bob, page, stored } = await library(() => <BookEditor id="2" />)
  await until(() => button(page, 'Edit Moby-Dick'))
  await userEvent.click(button(page, 'Edit Moby-Dick'))
  const input = page.root.querySelector('input')!
  await userEvent.click(input)
  await userEvent.keyboard('{End}!')
  await userEvent.click(button(page, 'Tag'))
  await bob.put('books', '2', { title: 'Theirs', pages: 1 })
  await caughtUp(room)
  expect([input.value, ...texts(page, 'i')]).toEqual(['Moby-Dick!', 'sea', 'new'])
  expect(await stored('2')).toMatchObject({ title: 'Theirs', tags: ['sea'] })
  await userEvent.click(button(page, 'Save'))
  await until(() => button(page, 'Edit Moby-Dick!'))
  expect(await stored('2')).toMatchObject({ title: 'Moby-Dick!', tags: ['sea', 'new'], pages: 1 })
  expect(page.failures).toEqual([])
})

test('docs/libraries.md: a navigation arrives with what it is to show, and keeps the connection', async () => {
  const history = createMemoryHistory()
  const { room, bob, page } = await library(() => (
    <MemoryRouter history={history} root={Layout}>
      <BookRoutes />
    </MemoryRouter>
  ))
  await until(() => texts(page).length === 3)
  await userEvent.click(items(page, 'li a')[1]!)
  await until(() => texts(page, 'h1')[0] === 'Frankenstein')
  expect(history.get()).toBe('/books/1')
  await bob.put('books', '1', { title: 'Frankenstein; or, The Modern Prometheus' })
  await until(() => texts(page, 'h1')[0] === 'Frankenstein; or, The Modern Prometheus')
  history.set({ value: '/books/none' })
  await until(() => texts(page, 'h1')[0] === 'No such book')
  history.back()
  await until(() => texts(page, 'h1')[0] === 'Frankenstein; or, The Modern Prometheus')
  await userEvent.click(items(page, 'nav a')[0]!)
  await until(() => texts(page).length === 3)
  expect(socketsTo(room)).toHaveLength(1)
})
