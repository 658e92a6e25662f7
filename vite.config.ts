import { fileURLToPath } from 'node:url'
import { cloudflare } from '@cloudflare/vite-plugin'
import { playwright } from '@vitest/browser-playwright'
import solid from 'vite-plugin-solid'
import { defineConfig } from 'vitest/config'
import { chromiumArguments, findChromium } from './tests/support/chromium.ts'
import tsconfig from './tsconfig.json' with { type: 'json' }

const testing = process.env.VITEST !== undefined

/** Inside the project the package is its sources: the same paths as for TypeScript, never what was last built. */
const sources = Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(path!, import.meta.url)),
}))

// One config: the showcase with its worker on one port, and the four test projects.
export default defineConfig({
  root: testing ? '.' : 'examples/showcase',
  resolve: { alias: sources },
  plugins: testing
    ? []
    : [
        solid(),
        cloudflare({
          configPath: process.env.SHOWCASE_CONFIG ?? '../../wrangler.toml',
          persistState: { path: process.env.SHOWCASE_STATE ?? '../../.wrangler/state' },
          // The plugin looks for a free port and takes it a moment later: of two servers that start together one ends.
          ...(process.env.SHOWCASE_STATE && { inspectorPort: false }),
        }),
      ],
  build: { outDir: '../../dist/showcase', emptyOutDir: true },
  test: {
    environment: 'node',
    projects: [
      {
        extends: true,
        // Components are compiled for the server here, and packages resolve as Node resolves them.
        plugins: [solid({ ssr: true })],
        test: {
          name: 'node',
          environment: 'node',
          // They wait for rooms more than they work: three keep two cores about half busy.
          maxWorkers: 3,
          include: ['tests/{protocol,worker,ssr}/**/*.test.{ts,tsx}', 'tests/*.test.ts'],
          globalSetup: 'tests/support/serve.ts',
          setupFiles: 'tests/support/spy-check.ts',
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        plugins: [solid()],
        // What only a support file or an example imports is found too late, and finding it reloads the page under the tests.
        optimizeDeps: {
          include: [
            '@tanstack/solid-virtual',
            'fast-check',
            'lib0/encoding',
            'valibot',
            'y-protocols/awareness',
            'yjs',
          ],
        },
        test: {
          name: 'browser',
          include: ['tests/client/**/*.test.tsx'],
          globalSetup: 'tests/support/serve.ts',
          setupFiles: 'tests/support/spy-check.ts',
          testTimeout: 20_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: findChromium(), args: chromiumArguments },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // They wait for browsers and servers more than they work.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          environment: 'node',
          include: ['tests/{e2e,faults}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'start',
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          environment: 'node',
          include: ['tests/start/*.test.ts'],
          globalSetup: 'tests/start/serve.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
