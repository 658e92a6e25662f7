import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { generateHydrationScript, renderToString } from 'solid-js/web'
import { build, type Rolldown } from 'vite'
import solid from 'vite-plugin-solid'
import { expect, inject, onTestFinished, test } from 'vitest'
import tsconfig from '../../tsconfig.json' with { type: 'json' }
import { CanvasWire } from '../support/canvas-wire.ts'
import { launchChromium } from '../support/chromium.ts'
import { Wire } from '../support/wire.ts'
import { App } from './page/app.tsx'

const base = inject('base')

/** The page as the browser runs it. */
async function buildPage(): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [solid({ ssr: true })],
    resolve: {
      alias: Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => ({
        find: new RegExp(`^${name}$`),
        replacement: resolve(path!),
      })),
    },
    build: { write: false, rolldownOptions: { input: resolve('tests/ssr/page/client.tsx') } },
  })) as Rolldown.RolldownOutput
  return output.output.find((each) => each.type === 'chunk')!.code
}

test('R11: a page that was rendered on the server is hydrated as loading, without a warning, and shows its records then', async () => {
  const room = crypto.randomUUID()
  const bob = await Wire.open(base, room, 'bob')
  for (const text of ['a', 'b']) await bob.put('samples', text, { text })
  const html = renderToString(() => <App room={room} url={base} />)
  expect(html).toContain('loading')
  expect(html).not.toContain('waiting')
  expect(html).toContain('no document')
  expect(html).toContain('no shapes')
  const board = await CanvasWire.open(base, `canvas:${room}`, 'bob')
  board.add({}, 'the shape')
  await board.saved()
  const script = await buildPage()
  const server = createServer((request, response) => {
    const isScript = request.url === '/client.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript
        ? script
        : `<!doctype html><head>${generateHydrationScript()}</head><body data-room="${room}" data-worker="${base}">${html}</body>`,
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const browser = await launchChromium()
  onTestFinished(async () => {
    await browser.close()
    server.close()
  })
  const page = await browser.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  // What the server made, kept by name, and everything that is shown from then on.
  await page.evaluate(() => {
    const names = ['section', 'h1', 'ul', 'p', 'b', 'article', 'aside']
    const made = names.map((name) => document.querySelector(name))
    const seen = [document.body.innerText]
    new MutationObserver(() => seen.push(document.body.innerText)).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    })
    Object.assign(window, { stays: () => names.every((name, at) => document.querySelector(name) === made[at]), seen })
  })
  await page.addScriptTag({ type: 'module', url: '/client.js' })
  await page.locator('h1', { hasText: 'ready' }).waitFor()
  await page.locator('p', { hasText: 'a' }).waitFor()
  await page.locator('b', { hasText: '2' }).waitFor()
  await page.locator('strong', { hasText: 'connected: 0' }).waitFor()
  await page.locator('span', { hasText: 'the shape' }).waitFor()
  expect([await page.locator('article > *').count(), await page.locator('aside > *').count()]).toEqual([1, 1])
  // It was hydrated as it was rendered, and changed only then.
  expect(((await page.evaluate('seen')) as string[])[0]).toMatch(/no document\s+no shapes/)
  expect(await page.locator('li').allTextContents()).toEqual(['a', 'b'])
  expect(await page.evaluate('stays()')).toBe(true)
  expect(((await page.evaluate('seen')) as string[]).filter((text) => text.includes('waiting'))).toEqual([])
  await bob.put('samples', 'b', { text: 'changed' })
  await page.locator('li', { hasText: 'changed' }).waitFor()

  // What comes onto the page afterwards waits like anywhere else.
  await page.locator('button').click()
  await page.locator('em', { hasText: '1' }).waitFor()
  expect(((await page.evaluate('seen')) as string[]).filter((text) => text.includes('waiting'))).not.toEqual([])
  expect(said).toEqual([])
})
