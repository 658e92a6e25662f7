import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'
import * as client from '../src/index.ts'

const index = resolve('src/index.ts')

/** What is of documents, which an app without them does not load. */
const ofDocuments = ['createYjsDoc', 'createYjsText', 'createYText', 'createYMap', 'createYArray']
/** What is of those who are here. */
const ofPresence = ['createPresenceRoom', 'interpolate']
const others = [...ofDocuments, ...ofPresence, 'createCanvas', 'createGameRoom']
const ofRecords = Object.keys(client).filter((name) => !others.includes(name))

test.each([
  [
    'provider, scope, createQuery and createMutations',
    ['RecordProvider', 'RecordScope', 'createQuery', 'createMutations'],
    14_450,
  ],
  ['everything of records', ofRecords, 15_780],
])(
  '%s stay within their budget of bytes',
  async (_, names, budget) => {
    const { code, bytes } = await bundle(names)
    // It is there, and Solid is not.
    expect(code).toContain('createQuery')
    expect(code).toMatch(/from ?"solid-js"/)
    expect(bytes).toBeLessThan(budget)
  },
  60_000,
)

test('who uses records only loads nothing of documents', async () => {
  const { packages, code } = await bundle(ofRecords)
  expect(packages).toContain('@solid-primitives/websocket')
  expect(packages.filter((name) => /^(yjs|lib0|y-protocols)$/.test(name))).toEqual([])
  expect(code).not.toContain('createYjsDoc')
}, 60_000)

test.each(['createYjsDoc', 'createYjsText'])(
  '%s costs an app of records at most 4 kB beside Yjs',
  async (name) => {
    const records = ['RecordProvider', 'RecordScope', 'createQuery', 'createMutations']
    const without = await bundle(records, ofYjs)
    const withOne = await bundle([...records, name], ofYjs)
    expect(withOne.code).toContain(name)
    expect(withOne.code).toMatch(/from ?"yjs"/)
    console.log(`${name} costs ${withOne.bytes - without.bytes} bytes more than the ${without.bytes} of records`)
    expect(withOne.bytes - without.bytes).toBeLessThanOrEqual(4096)
  },
  60_000,
)

test.each([
  ['createPresenceRoom', 2048],
  ['interpolate', 300],
])(
  '%s costs an app of records at most %i bytes',
  async (name, budget) => {
    const records = ['RecordProvider', 'RecordScope', 'createQuery', 'createMutations']
    const without = await bundle(records)
    const withOne = await bundle([...records, name])
    expect(withOne.code).toContain(name)
    console.log(`${name} costs ${withOne.bytes - without.bytes} bytes more than the ${without.bytes} of records`)
    expect(withOne.bytes - without.bytes).toBeLessThanOrEqual(budget)
  },
  60_000,
)

test.each([
  ['createCanvas', 'canvas.write'],
  ['createGameRoom', 'game.input'],
])(
  '%s costs an app of records at most 4 kB, and brings nothing of Yjs',
  async (name, frame) => {
    const records = ['RecordProvider', 'RecordScope', 'createQuery', 'createMutations']
    const without = await bundle(records)
    const withIt = await bundle([...records, name])
    expect(withIt.code).toContain(frame)
    expect(without.code).not.toContain(frame)
    expect(withIt.packages).toEqual(without.packages)
    console.log(`${name} costs ${withIt.bytes - without.bytes} bytes more than the ${without.bytes} of records`)
    expect(withIt.bytes - without.bytes).toBeLessThan(4096)
  },
  60_000,
)

const ofYjs = /^(yjs|lib0|y-protocols)(\/|$)/

/** What a page loads of the client beside Solid, minified, and how much it is gzipped; a name of a module is not in it. */
async function bundle(
  names: readonly string[],
  without?: RegExp,
): Promise<{ readonly code: string; readonly bytes: number; readonly packages: readonly string[] }> {
  const entry = '\0entry.js'
  const modules: Record<string, string> = {
    [entry]: `export { ${names.join(', ')} } from ${JSON.stringify(index)}`,
    // As it is in a browser, where what is for the server is left out.
    'solid-js/web': "export const isServer = false; export { getRequestEvent } from 'solid-js'",
  }
  const [output] = [
    await build({
      configFile: false,
      logLevel: 'error',
      plugins: [
        {
          name: 'entry',
          enforce: 'pre',
          resolveId: (id) => (id in modules ? id : undefined),
          load: (id) => modules[id],
        },
      ],
      build: {
        write: false,
        minify: 'oxc',
        modulePreload: { polyfill: false },
        rolldownOptions: {
          input: entry,
          external: [/^solid-js(?!\/web$)/, ...(without ? [without] : [])],
          preserveEntrySignatures: 'strict',
          output: { format: 'es' },
        },
      },
    }),
  ].flat() as Rolldown.RolldownOutput[]
  const chunks = output!.output.filter((each) => each.type === 'chunk')
  const code = chunks.map((each) => each.code).join('')
  const rendered = chunks.flatMap(({ modules }) =>
    Object.entries(modules)
      .filter(([, { renderedLength }]) => renderedLength > 0)
      .map(([id]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? ''),
  )
  return { code, bytes: gzipSync(code, { level: 9 }).length, packages: [...new Set(rendered)] }
}
