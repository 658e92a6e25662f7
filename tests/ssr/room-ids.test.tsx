import { createCanvas, createGameRoom, createPresenceRoom, createYjsDoc, RecordProvider } from 'deepspace-solid'
import { renderToString } from 'solid-js/web'
import { expect, test } from 'vitest'

test.each<[rule: string, name: string, create: (id: string) => unknown]>([
  ['K1', 'createCanvas', createCanvas],
  ['D1', 'createYjsDoc', createYjsDoc],
  ['J1', 'createGameRoom', createGameRoom],
  ['I1', 'createPresenceRoom', createPresenceRoom],
])('%s: on the server, too, what is no id of %s is a mistake, and a provider is needed', (_, name, create) => {
  const Bad = () => {
    create('')
    return null
  }
  expect(() =>
    renderToString(() => (
      <RecordProvider>
        <Bad />
      </RecordProvider>
    )),
  ).toThrow(`${name}: expected a name, received ""`)
  expect(() => renderToString(() => <Bad />)).toThrow(`${name} needs a <RecordProvider> above it`)
})
