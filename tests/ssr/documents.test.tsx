import { createYjsDoc, createYText, RecordProvider, type YjsDoc } from 'deepspace-solid'
import { isServer, renderToString } from 'solid-js/web'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('on the server a document is on its way, and nothing is begun for it', () => {
  expect(isServer).toBe(true)
  vi.useFakeTimers()
  const WebSocketSpy = vi.fn()
  vi.stubGlobal('WebSocket', WebSocketSpy)
  const docs: YjsDoc[] = []
  const Note = (props: { id: string | false }) => {
    const note = createYjsDoc(() => props.id, { initial: 'Dear reader' })
    const body = createYText(() => note.text)
    docs.push(note)
    return (
      <p>
        {note.status}:{String(note.synced)}:{body.value}
      </p>
    )
  }
  const html = renderToString(() => (
    <RecordProvider>
      <Note id="a" />
      <Note id={false} />
    </RecordProvider>
  ))
  expect(html.replace(/<!--.*?-->|<[^>]*>/g, ' ').replace(/\s+/g, '')).toBe('connecting:false:off:false:')
  for (const note of docs) {
    expect([note.doc, note.text, note.awareness, note.error, note.refused]).toEqual(Array(5).fill(undefined))
    expect([note.saved, note.canWrite]).toEqual([true, false])
    expect(() => note.setText('lost')).toThrow(expect.objectContaining({ code: 'not-connected' }))
    note.discard()
    note.disconnect()
    note.reconnect()
  }
  // Solid itself ends the page a turn later.
  vi.advanceTimersByTime(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(WebSocketSpy).not.toHaveBeenCalled()
})
