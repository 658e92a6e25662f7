import { createEffect, createRoot, createSignal } from 'solid-js'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createYText } from '../../../src/documents/create-y-text.ts'
import type { TextChange, TextDelta } from '../../../src/documents/y-value.ts'
import { show } from '../../support/room.tsx'
import { mapWith, observersOf, textOf, watch } from '../../support/solid-values.ts'

test('a text is shown as it is, and its formats run nobody', () => {
  const text = textOf('hello')
  const value = createYText(text)
  const { seen } = watch(() => value.value)
  const page = show(() => <p>{value.value}</p>)
  text.insert(5, ' you')
  expect(page.root.textContent).toBe('hello you')
  text.format(0, 5, { bold: true })
  text.doc!.transact(() => {
    text.insert(0, 'x')
    text.delete(0, 1)
  })
  expect(seen).toEqual(['hello', 'hello you'])
})

test('changes are told as deltas, with where they came from, once a transaction', async () => {
  const text = textOf('hello')
  const value = createYText(text)
  const told: (readonly [readonly TextDelta[], TextChange, string])[] = []
  const stop = value.onDelta((delta, change) => told.push([delta, change, value.value]))
  text.doc!.transact(() => {
    text.insert(5, '!')
    text.delete(0, 1)
  }, 'me')
  text.format(0, 2, { bold: true })
  const other = new Y.Doc()
  Y.applyUpdate(other, Y.encodeStateAsUpdate(text.doc!))
  other.getText('text').insert(0, 'O')
  Y.applyUpdate(text.doc!, Y.encodeStateAsUpdate(other), 'wire')
  stop()
  text.insert(0, 'unheard')
  expect(told).toEqual([
    [[{ delete: 1 }, { retain: 4 }, { insert: '!' }], { origin: 'me', local: true }, 'ello!'],
    [[{ retain: 2, attributes: { bold: true } }], { origin: null, local: true }, 'ello!'],
    [[{ insert: 'O' }], { origin: 'wire', local: false }, 'Oello!'],
  ])
  expect(await observersOf(text.doc!, text)).toBe(0)
})

test('a signal that is set when a change is told runs in one batch with who reads the text', () => {
  const text = textOf('')
  const value = createYText(text)
  const [length, setLength] = createSignal(0)
  const { seen } = watch(() => `${value.value} ${length()}`)
  value.onDelta(() => setLength(value.value.length))
  text.insert(0, 'abc')
  expect(seen).toEqual([' 0', 'abc 3'])
})

test('changes are told until the owner ends, of the text that is there', async () => {
  const [one, two] = [textOf('1'), textOf('2')]
  const [text, setText] = createSignal<Y.Text>()
  const value = createYText(text)
  const told: unknown[] = []
  const dispose = createRoot((dispose) => {
    value.onDelta((delta) => told.push(delta))
    return dispose
  })
  setText(one)
  one.insert(0, 'a')
  setText(two)
  one.insert(0, 'unheard')
  two.insert(0, 'b')
  expect(await observersOf(one.doc!, one)).toBe(0)
  dispose()
  two.insert(0, 'unheard')
  expect(await observersOf(two.doc!, two)).toBe(0)
  expect(told).toEqual([[{ insert: 'a' }], [{ insert: 'b' }]])
})

test('who is told of a change and fails keeps nobody else from being told', async () => {
  const text = textOf('')
  const value = createYText(text)
  const reported: unknown[] = []
  const hear = (event: ErrorEvent): void => {
    event.preventDefault()
    reported.push(event.error.message)
  }
  window.addEventListener('error', hear)
  const told: string[] = []
  value.onDelta(() => {
    throw new Error('mine')
  })
  value.onDelta(() => told.push(value.value))
  const { seen } = watch(() => value.value)
  text.insert(0, 'a')
  window.removeEventListener('error', hear)
  expect(reported).toEqual(['mine'])
  expect(told).toEqual(['a'])
  expect(seen).toEqual(['', 'a'])
})

test('who is told of a change may write, and stops the next one before it is told', () => {
  const text = textOf('')
  const value = createYText(text)
  const told: string[] = []
  const stop = value.onDelta(() => {
    stopSecond()
    if (value.value.length < 3) text.insert(value.value.length, 'x')
    told.push(value.value)
  })
  const stopSecond = value.onDelta(() => told.push('second'))
  text.insert(0, 'x')
  expect(told).toEqual(['xx', 'xxx', 'xxx'])
  stop()
})

test('everybody is told of changes in the order in which they were made', () => {
  const text = textOf('')
  const value = createYText(text)
  const copies = ['', '']
  const follow = (which: number) => (delta: readonly TextDelta[]) => {
    if (text.length < 4) text.insert(text.length, `${text.length}`)
    let at = 0
    let copy = copies[which]!
    for (const step of delta) {
      if ('retain' in step) at += step.retain
      if ('insert' in step) copy = copy.slice(0, at) + step.insert + copy.slice(at)
    }
    copies[which] = copy
  }
  const stops = [value.onDelta(follow(0)), value.onDelta(follow(1))]
  createRoot(() => createEffect(() => value.value.length === 4 && text.insert(4, '4')))
  text.insert(0, 'x')
  for (const stop of stops) stop()
  expect(text.toString()).toBe('x1234')
  expect(copies).toEqual(['x1234', 'x1234'])
})

test('a text that is deleted reads as empty, and its changes end', () => {
  const text = new Y.Text('inner')
  const map = mapWith({ text })
  const value = createYText(text)
  const told: unknown[] = []
  const stop = value.onDelta((delta) => told.push(delta))
  const { seen } = watch(() => value.value)
  map.delete('text')
  expect(seen).toEqual(['inner', ''])
  expect(told).toEqual([])
  expect(createYText(undefined).value).toBe('')
  stop()
})

test('an effect that runs again asks anew', () => {
  const text = textOf('')
  const value = createYText(text)
  const [by, setBy] = createSignal('a')
  const told: string[] = []
  createRoot((dispose) => {
    createEffect(() => {
      const who = by()
      value.onDelta(() => told.push(who))
    })
    return dispose
  })
  text.insert(0, 'x')
  setBy('b')
  text.insert(0, 'x')
  expect(told).toEqual(['a', 'b'])
})
