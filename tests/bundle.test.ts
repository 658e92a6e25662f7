import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'

/** What a page loads of the client beside Solid, minified and gzipped, in bytes. */
const budget = 12_100

test('the whole client stays within its budget of bytes', async () => {
  const [output] = [
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: 'oxc',
        modulePreload: { polyfill: false },
        rolldownOptions: {
          input: resolve('src/index.ts'),
          external: [/^solid-js/],
          preserveEntrySignatures: 'strict',
          output: { format: 'es' },
        },
      },
    }),
  ].flat() as Rolldown.RolldownOutput[]
  const code = output!.output.map((each) => (each.type === 'chunk' ? each.code : '')).join('')
  // All of it is there, and Solid is not.
  expect(code).toContain('createQuery')
  expect(code).toMatch(/from ?"solid-js"/)
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(budget)
}, 60_000)
