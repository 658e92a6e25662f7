import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type Browser,
  type BrowserContextOptions,
  expect as expectPage,
  type Locator,
  type Page,
} from 'playwright/test'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { freePort, type ServerProcess, startProcess } from '../support/process.ts'

/**
 * What `npm run dev` serves, for the tests of one file, on a port and with data of its own. With `small` each page that names no
 * room, and is not that of a phone, has one with 1,500 tasks, which is there sooner.
 */
export function serveBoard({ small = false } = {}) {
  let state: string
  let port: string
  let server: ServerProcess
  let browser: Browser
  /** What pages have complained about since the last test. */
  let complaints: string[] = []

  const start = async () => {
    server = await startProcess('vite', ['--port', port, '--strictPort', '--host', '127.0.0.1'], 'ready in', {
      // The server is the one of `npm run dev`, not one for tests.
      VITEST: undefined,
      NODE_ENV: undefined,
      SHOWCASE_STATE: state,
      SHOWCASE_CONFIG: resolve('tests/e2e/wrangler.toml'),
    })
  }

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'deepspace-solid-'))
    port = String(await freePort())
    await start()
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.kill()
    await rm(state, { recursive: true, force: true })
  })

  afterEach(async () => {
    // Before anything can fail, so that the next test begins afresh.
    for (const context of browser.contexts()) await context.close()
    const heard = complaints
    complaints = []
    server.mustRun()
    const spy = await fetch(`http://127.0.0.1:${port}/spy`)
    const { frames, violations } = (await spy.json()) as { frames: number; violations: string[] }
    expect(violations).toEqual([])
    expect(frames).toBeGreaterThan(0)
    expect(heard).toEqual([])
  })

  return {
    /** Opens the board in a browser of its own, and so in a room of its own unless the search names one. */
    async open(search = '', options: BrowserContextOptions = {}): Promise<Page> {
      server.mustRun()
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      })
      const page = await context.newPage()
      page.on('pageerror', ({ message }) => complaints.push(message))
      page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
      const base = `http://127.0.0.1:${port}`
      // On a phone the counts take the room that they take.
      const isSmall = small && options.isMobile !== true && !search.includes('room=')
      const room = isSmall ? `&room=${await (await fetch(`${base}/spy/small`)).text()}` : ''
      await page.goto(`${base}/?${search}${room}`)
      await expectPage(page.getByTestId('task').first()).toBeVisible({ timeout: 20_000 })
      return page
    },
    kill: () => server.kill(),
    start,
    /** Drops complaints that a test has asked for. */
    expectComplaints(pattern: RegExp) {
      complaints = complaints.filter((text) => !pattern.test(text))
    },
  }
}

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
}

export const narrow: BrowserContextOptions = { ...phone, viewport: { width: 320, height: 640 } }

/** The search that leads another browser to the room of a page. */
export const roomOf = (page: Page): string => `room=${new URL(page.url()).searchParams.get('room')}`

export const paneOf = (page: Page, user: string): Locator => page.locator(`[data-testid=pane][data-user=${user}]`)
export const taskIn = (pane: Locator, title: string): Locator =>
  pane.getByTestId('task').filter({ has: pane.page().getByRole('button', { name: title, exact: true }) })

/** A number on the board, once it is there. */
export async function numberIn(count: Locator): Promise<number> {
  await expectPage(count).toHaveText(/\d/)
  return Number((await count.innerText()).replaceAll(/\D/g, ''))
}

/** How many tasks a board has asked for, drawn or not. */
export async function loadedIn(pane: Locator): Promise<number> {
  const text = await pane.getByTestId('loaded').textContent()
  return Number(text!.replace(/ of .*/, '').replaceAll(/\D/g, ''))
}

/** Turns the wheel over the list until so many tasks are loaded. */
export async function scrollTo(pane: Locator, tasks: number): Promise<void> {
  await pane.getByTestId('task').nth(1).hover()
  await expectPage
    .poll(
      async () => {
        await pane.page().mouse.wheel(0, 1_000)
        return loadedIn(pane)
      },
      { timeout: 20_000, intervals: [50] },
    )
    .toBeGreaterThanOrEqual(tasks)
}

export async function add(pane: Locator, title: string): Promise<void> {
  await pane.getByRole('textbox', { name: 'Title of the new task' }).fill(title)
  await pane.getByRole('button', { name: 'Add' }).click()
  await expectPage(taskIn(pane, title)).toBeVisible()
}
