import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

const index = resolve('src/index.ts')

/** What a page loads of the client beside Solid, minified and gzipped, in bytes; a name of a module is not in it. */
test.each([
  [
    'provider, scope, createQuery and createMutations',
    '{ RecordProvider, RecordScope, createQuery, createMutations }',
    14_400,
  ],
  ['everything of records', '*', 15_700],
])(
  '%s stay within their budget of bytes',
  async (_, names, budget) => {
    const entry = '\0entry.js'
    const modules: Record<string, string> = {
      [entry]: `export ${names} from ${JSON.stringify(index)}`,
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
            external: [/^solid-js(?!\/web$)/],
            preserveEntrySignatures: 'strict',
            output: { format: 'es' },
          },
        },
      }),
    ].flat() as Rolldown.RolldownOutput[]
    const code = output!.output.map((each) => (each.type === 'chunk' ? each.code : '')).join('')
    // It is there, and Solid is not.
    expect(code).toContain('createQuery')
    expect(code).toMatch(/from ?"solid-js"/)
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(budget)
  },
  60_000,
)
