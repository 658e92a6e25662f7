import { createComputed, createRoot } from 'solid-js'
import { onTestFinished } from 'vitest'
import * as Y from 'yjs'
import type { YArrayValue, YMapValue, YTextValue } from '../../src/documents/y-value.ts'

/** Runs something again whenever what it reads has changed, and keeps what it has given each time. */
export function watch<T>(read: () => T): { readonly seen: T[]; readonly stop: () => void } {
  const seen: T[] = []
  const stop = createRoot((dispose) => {
    createComputed(() => seen.push(read()))
    return dispose
  })
  onTestFinished(stop)
  return { seen, stop }
}

/** How many observers of any kind hang on a document, beside its own, and on these types, when the turn is over. */
export async function observersOf(doc: Y.Doc, ...types: readonly unknown[]): Promise<number> {
  await Promise.resolve()
  const ofTypes = (types as Y.Text[]).reduce((sum, { _eH, _dEH }) => sum + _eH.l.length + _dEH.l.length, 0)
  return ofDocument(doc) - ofDocument(new Y.Doc()) + ofTypes
}

const ofDocument = (doc: Y.Doc): number =>
  [...doc._observers.values()].reduce((sum, each: Set<unknown>) => sum + each.size, 0)

/** What a Solid value says, all the way down, in the form of `toJSON`. */
export function plain(value: unknown): unknown {
  if (isMap(value)) return Object.fromEntries(value.keys().map((key) => [key, plain(value.get(key))]))
  if (isArray(value)) return value.items.map(plain)
  if (isText(value)) return value.value
  return value
}

const isOf = (value: unknown, property: string): boolean =>
  typeof value === 'object' && value !== null && 'type' in value && property in value
export const isMap = (value: unknown): value is YMapValue => isOf(value, 'keys')
export const isArray = (value: unknown): value is YArrayValue => isOf(value, 'items')
export const isText = (value: unknown): value is YTextValue => isOf(value, 'onDelta')

/** A map in a document, with these entries. */
export function mapWith(entries: Record<string, unknown> = {}, doc = new Y.Doc()): Y.Map<unknown> {
  const map = doc.getMap<unknown>('map')
  doc.transact(() => {
    for (const key in entries) map.set(key, entries[key])
  })
  return map
}

/** A list in a document, with these elements. */
export function listOf(elements: readonly unknown[], doc = new Y.Doc()): Y.Array<unknown> {
  const list = doc.getArray<unknown>('list')
  list.push([...elements])
  return list
}

/** A text in a document. */
export function textOf(content: string, doc = new Y.Doc()): Y.Text {
  const text = doc.getText('text')
  text.insert(0, content)
  return text
}
