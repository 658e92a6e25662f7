import { createSignal, Show } from 'solid-js'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { cdp, userEvent } from 'vitest/browser'
import { CardForm } from '../../../examples/inputs/card-form.tsx'
import { cards } from '../../../examples/inputs/schema.ts'
import { base, cutLine, lineIsBack, type RoomPage, until, visit } from '../../support/room.tsx'
import { caughtUp, sentTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** A form for a card that Bob writes too. */
async function formFor(user?: string) {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  expect(await bob.put('cards', 'a', { title: 'Milk', text: 'Two' })).toMatchObject({ success: true })
  const [id, setId] = createSignal<string | undefined>('a')
  const page = visit(room, () => <Show when={id()}>{(id) => <CardForm id={id()} />}</Show>, {
    ...(user && { user }),
    collections: [cards],
  })
  const find = <E extends HTMLElement>(selector: string) => page.root.querySelector<E>(selector)!
  await until(() => find('input'))
  return {
    room,
    bob,
    page,
    setId,
    title: find<HTMLInputElement>('input'),
    text: find<HTMLTextAreaElement>('textarea'),
    done: find<HTMLInputElement>('[type=checkbox]'),
    colour: find<HTMLSelectElement>('select'),
    /** What the room has. */
    async stored() {
      return (await bob.see('cards', 'a'))!.data
    },
    /** What was sent to the room, field by field. */
    writes: () => sentTo(room, 'core.put').map(({ payload }) => payload.data),
  }
}

function told(page: RoomPage, role: string): string | undefined {
  return page.root.querySelector(`[role=${role}]`)?.textContent ?? undefined
}

function button(page: RoomPage, name: string): HTMLButtonElement {
  return [...page.root.querySelectorAll('button')].find(({ textContent }) => textContent === name)!
}

describe('docs/inputs.md: a field that a room writes too', () => {
  test.for(['title', 'text'] as const)('what is typed into the %s is written after a pause, once', async (name) => {
    const form = await formFor('alice')
    await userEvent.click(form[name])
    await userEvent.keyboard('{End} and bread')
    const typed = `${name === 'title' ? 'Milk' : 'Two'} and bread`
    expect(form[name].value).toBe(typed)
    await until(() => form.writes().length > 0)
    await caughtUp(form.room)
    expect(form.writes()).toEqual([{ [name]: typed }])
    expect((await form.stored())[name]).toBe(typed)
    expect(document.activeElement).toBe(form[name])
  })

  test('what is typed is written at once when the input is left, and what others write is shown from then on', async () => {
    const form = await formFor('alice')
    await userEvent.click(form.title)
    await userEvent.keyboard('{End}!')
    expect(form.writes()).toEqual([])
    form.title.blur()
    await until(() => form.writes().length === 1)
    await caughtUp(form.room)
    expect(form.title.value).toBe('Milk!')
    await form.bob.put('cards', 'a', { title: 'Oat milk' })
    await until(() => form.title.value === 'Oat milk')
    expect(told(form.page, 'status')).toBeUndefined()
  })

  test('an input in which nobody types shows what others write, with the caret in it or without', async () => {
    const form = await formFor('alice')
    form.title.focus()
    await form.bob.put('cards', 'a', { title: 'Oat milk', text: 'Three' })
    await until(() => form.title.value === 'Oat milk' && form.text.value === 'Three')
    expect(form.writes()).toEqual([])
  })

  test('a draft stays when somebody else writes the field, who says so; taking theirs lets it go', async () => {
    const form = await formFor('alice')
    await userEvent.click(form.title)
    await userEvent.keyboard('{End} and br')
    await form.bob.put('cards', 'a', { title: 'Oat milk', text: 'Three' })
    await until(() => told(form.page, 'status') !== undefined)
    expect(form.title.value).toBe('Milk and br')
    expect(form.text.value).toBe('Three')
    expect(told(form.page, 'status')).toContain('“Oat milk”')
    await userEvent.keyboard('ead')
    form.title.blur()
    await caughtUp(form.room)
    expect(form.writes()).toEqual([])
    await userEvent.click(button(form.page, 'Take it'))
    expect(form.title.value).toBe('Oat milk')
    expect(told(form.page, 'status')).toBeUndefined()
  })

  test('a draft that is kept is written over what somebody else wrote', async () => {
    const form = await formFor('alice')
    await userEvent.click(form.title)
    await userEvent.keyboard('{End}!')
    await form.bob.put('cards', 'a', { title: 'Oat milk' })
    await until(() => told(form.page, 'status') !== undefined)
    await userEvent.click(button(form.page, 'Keep mine'))
    await until(() => form.writes().length === 1)
    await caughtUp(form.room)
    expect(form.title.value).toBe('Milk!')
    expect(told(form.page, 'status')).toBeUndefined()
    expect((await form.stored()).title).toBe('Milk!')
  })

  test('a text that the room refuses stays, with the reason, until it is mended', async () => {
    const form = await formFor('alice')
    await userEvent.clear(form.title)
    form.title.blur()
    await until(() => told(form.page, 'alert') !== undefined)
    expect(told(form.page, 'alert')).toContain('title')
    expect(form.title.value).toBe('')
    expect((await form.stored()).title).toBe('Milk')
    await userEvent.click(form.title)
    await userEvent.keyboard('Tea')
    form.title.blur()
    await until(() => form.writes().length === 1)
    await caughtUp(form.room)
    expect(told(form.page, 'alert')).toBeUndefined()
    expect((await form.stored()).title).toBe('Tea')
  })

  test('what is typed is written when the form goes, or shows another record', async () => {
    const form = await formFor('alice')
    await form.bob.put('cards', 'b', { title: 'Bread' })
    await userEvent.click(form.title)
    await userEvent.keyboard('{End}!')
    form.setId('b')
    await until(() => form.page.root.querySelector('input')?.value === 'Bread')
    await userEvent.click(form.page.root.querySelector('input')!)
    await userEvent.keyboard('{End}?')
    form.setId(undefined)
    await until(() => form.writes().length === 2)
    expect(form.writes()).toEqual([{ title: 'Milk!' }, { title: 'Bread?' }])
    await caughtUp(form.room)
    expect((await form.stored()).title).toBe('Milk!')
  })

  test('what is typed while offline stays, and is written when the input is left again', async () => {
    const form = await formFor('alice')
    await cutLine(form.room)
    await userEvent.click(form.title)
    await userEvent.keyboard('{End}!')
    form.title.blur()
    await until(() => told(form.page, 'alert') === 'WebSocket not connected')
    expect(form.title.value).toBe('Milk!')
    await lineIsBack(form.room)
    expect(form.title.value).toBe('Milk!')
    form.title.focus()
    form.title.blur()
    await until(() => told(form.page, 'alert') === undefined)
    expect((await form.stored()).title).toBe('Milk!')
  })

  test('a word that is being composed is not written before it is whole, nor torn by what others write', async () => {
    const form = await formFor('alice')
    await userEvent.click(form.title)
    await userEvent.keyboard('{End}')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const session = cdp()
    await session.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await session.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 })
    expect(form.title.value).toBe('Milkにほ')
    // Longer than the pause after which what is whole is written.
    vi.advanceTimersByTime(5_000)
    await form.bob.put('cards', 'a', { text: 'Three' })
    await until(() => form.text.value === 'Three')
    expect(form.writes()).toEqual([])
    expect(form.title.value).toBe('Milkにほ')
    await session.send('Input.insertText', { text: '日本' })
    vi.advanceTimersByTime(600)
    await until(() => form.writes().length === 1)
    expect(form.writes()).toEqual([{ title: 'Milk日本' }])
  })

  test('a choice is written at once, and follows what others choose', async () => {
    const form = await formFor('alice')
    await userEvent.click(form.done)
    await userEvent.selectOptions(form.colour, 'green')
    await until(() => form.writes().length === 2)
    await caughtUp(form.room)
    expect(await form.stored()).toMatchObject({ done: true, colour: 'green' })
    expect([form.done.checked, form.colour.value]).toEqual([true, 'green'])
    await form.bob.put('cards', 'a', { done: false, colour: 'yellow' })
    await until(() => !form.done.checked && form.colour.value === 'yellow')
  })

  test('a choice that the room refuses goes back to what the room has, and says why', async () => {
    const form = await formFor()
    await userEvent.click(form.done)
    await until(() => told(form.page, 'alert') !== undefined)
    expect(told(form.page, 'alert')).toContain('UPDATE DENIED')
    expect(form.done.checked).toBe(false)
    await userEvent.selectOptions(form.colour, 'green')
    await until(() => form.page.root.querySelectorAll('[role=alert]').length === 2)
    expect(form.colour.value).toBe('white')
  })
})
