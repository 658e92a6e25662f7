import { cloudflare } from '@cloudflare/vite-plugin'
import { solidStart } from '@solidjs/start/config'
import { defineConfig } from 'vite'

const live = ['deepspace-solid', 'deepspace-solid/schema']

export default defineConfig({
  plugins: [solidStart({ middleware: './src/middleware.ts' }), cloudflare({ viteEnvironment: { name: 'ssr' } })],
  // What the browser needs, bundled before it asks; the development toolbar's one CommonJS dependency too.
  optimizeDeps: {
    exclude: ['@solidjs/start'],
    include: [...live, 'valibot', '@solidjs/start > @jridgewell/trace-mapping'],
  },
  environments: {
    ssr: {
      // Half of what is uploaded.
      build: { minify: true },
      optimizeDeps: {
        // Its server functions register in one copy of it, and are to be found in the same.
        exclude: ['@solidjs/start'],
        include: [
          'solid-js',
          'solid-js/web',
          'solid-js/web/storage',
          ...live,
          'deepspace-solid/worker',
          'deepspace-solid/start',
          'valibot',
          'jose',
        ],
      },
    },
  },
})
