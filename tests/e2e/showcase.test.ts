import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, chromium, expect as expectPage, type Locator, type Page } from 'playwright/test'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { chromiumArguments, findChromium } from '../support/chromium.ts'
import { freePort, type ServerProcess, startProcess } from '../support/process.ts'

let state: string
let server: ServerProcess
let base: string
let browser: Browser
/** What pages have complained about since the last test. */
let complaints: string[] = []

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'deepspace-solid-'))
  const port = String(await freePort())
  server = await startProcess('vite', ['--port', port, '--strictPort', '--host', '127.0.0.1'], 'ready in', {
    // The server is the one of `npm run dev`, not one for tests.
    VITEST: undefined,
    NODE_ENV: undefined,
    SHOWCASE_STATE: state,
    SHOWCASE_CONFIG: resolve('tests/e2e/wrangler.toml'),
  })
  base = `http://127.0.0.1:${port}`
  browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArguments })
})

afterAll(async () => {
  await browser?.close()
  await server?.kill()
  await rm(state, { recursive: true, force: true })
})

afterEach(async () => {
  const { frames, violations } = (await (await fetch(`${base}/spy`)).json()) as { frames: number; violations: string[] }
  expect(violations).toEqual([])
  expect(frames).toBeGreaterThan(0)
  expect(complaints).toEqual([])
  complaints = []
  for (const context of browser.contexts()) await context.close()
})

/** Opens the board on a room of its own. */
async function open(search = '', viewport = { width: 1440, height: 900 }): Promise<Page> {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  await page.goto(`${base}/?room=e2e:${crypto.randomUUID()}&${search}`)
  await expectPage(page.getByTestId('task').first()).toBeVisible({ timeout: 20_000 })
  return page
}

const paneOf = (page: Page, user: string): Locator => page.locator(`[data-testid=pane][data-user=${user}]`)
const taskIn = (pane: Locator, title: string): Locator =>
  pane.getByTestId('task').filter({ has: pane.page().getByRole('button', { name: title, exact: true }) })
const connectionOf = (pane: Locator): Locator => pane.getByTestId('connection')

/** A public task of Ben's in the seed. */
const task = 'Draw the empty state of the board'

test('a task that turns private leaves the other pane at once, and comes back when it turns public', async () => {
  const page = await open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await expectPage(taskIn(viewer, task)).toBeVisible()
  const others = await viewer.getByTestId('task').count()
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(taskIn(viewer, task)).toHaveCount(0)
  await expectPage(viewer.getByTestId('task')).toHaveCount(others - 1)
  await expectPage(taskIn(ben, task)).toBeVisible()
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(taskIn(viewer, task)).toBeVisible()
})

test('R2: a change runs one effect in one row, in both panes', async () => {
  const page = await open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).click()
  for (const pane of [ben, viewer]) {
    await expectPage(taskIn(pane, task)).toHaveAttribute('data-done', 'true')
    await expectPage(pane.getByTestId('effect-readout')).toContainText(/1 of \d+ effects ran, in 1 of \d+ rows/)
    await expectPage(pane.locator('[data-testid=effect-count][data-count="1"]')).toHaveCount(1)
  }
})

test('what one may not do is refused in the words of the room, and nothing changes', async () => {
  const page = await open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await viewer.getByRole('checkbox', { name: `Done: ${task}` }).click()
  await expectPage(viewer.getByTestId('toast')).toContainText('UPDATE DENIED: role=viewer, collection=tasks')
  await expectPage(viewer.getByRole('checkbox', { name: `Done: ${task}` })).not.toBeChecked()
  await ben.getByRole('button', { name: 'Delete: Write the launch post' }).click()
  await expectPage(ben.getByTestId('toast')).toContainText('DELETE DENIED: role=member, collection=tasks')
  await expectPage(taskIn(ben, 'Write the launch post')).toBeVisible()
})

test('offline nothing is sent and the rows stay; online again what was missed is there', async () => {
  const page = await open('view=split&left=ben&right=chloe')
  const [ben, chloe] = [paneOf(page, 'ben'), paneOf(page, 'chloe')]
  await expectPage(taskIn(chloe, task)).toBeVisible()
  const rows = await chloe.getByTestId('task').count()
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(connectionOf(chloe)).toHaveAttribute('data-status', 'disconnected')
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).click()
  await expectPage(taskIn(ben, task)).toHaveAttribute('data-done', 'true')
  await expectPage(taskIn(chloe, task)).toHaveAttribute('data-done', 'false')
  await expectPage(chloe.getByTestId('task')).toHaveCount(rows)
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(connectionOf(chloe)).toHaveAttribute('data-status', 'connected')
  await expectPage(taskIn(chloe, task)).toHaveAttribute('data-done', 'true')
})

test('a role that changes shows and hides tasks while one looks', async () => {
  const page = await open('view=split&left=ada&right=ben')
  const [ada, ben] = [paneOf(page, 'ada'), paneOf(page, 'ben')]
  await expectPage(taskIn(ben, task)).toBeVisible()
  const [all, some] = [await ada.getByTestId('task').count(), await ben.getByTestId('task').count()]
  expect(some).toBeLessThan(all)
  await ada.getByRole('button', { name: 'People' }).click()
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption('admin')
  await expectPage(ben.getByTestId('task')).toHaveCount(all)
  await expectPage(ben.getByTestId('role')).toHaveText('admin')
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption('member')
  await expectPage(ben.getByTestId('task')).toHaveCount(some)
})

test('C6: a user who is changed while the token of the former one is on its way is never connected as the former', async () => {
  const page = await open('view=single&left=viewer')
  const released = Promise.withResolvers<void>()
  await page.route('**/dev/token?user=ada', async (route) => {
    await released.promise
    await route.continue()
  })
  await page.getByRole('radio', { name: 'Ada' }).check()
  await page.getByRole('radio', { name: 'Ben' }).check()
  const ben = paneOf(page, 'ben')
  await expectPage(ben.getByTestId('role')).toHaveText('member')
  const answered = page.waitForResponse('**/dev/token?user=ada')
  released.resolve()
  await answered
  await ben.getByRole('textbox', { name: 'Title of the new task' }).fill('Written by Ben')
  await ben.getByRole('textbox', { name: 'Title of the new task' }).press('Enter')
  await expectPage(taskIn(ben, 'Written by Ben')).toBeVisible()
  await expectPage(ben.getByTestId('role')).toHaveText('member')
})

test('everything can be done with the keyboard, at the width of a phone', async () => {
  const page = await open('view=single&left=ben', { width: 390, height: 844 })
  const ben = paneOf(page, 'ben')
  await ben.getByRole('textbox', { name: 'Title of the new task' }).focus()
  await page.keyboard.type('Typed, not tapped')
  await page.keyboard.press('Enter')
  const row = taskIn(ben, 'Typed, not tapped')
  await expectPage(row).toBeVisible()
  await row.getByRole('checkbox').focus()
  await page.keyboard.press('Space')
  await expectPage(row).toHaveAttribute('data-done', 'true')
  await row.getByRole('button', { name: 'Typed, not tapped', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('Typed again')
  await page.keyboard.press('Enter')
  await expectPage(taskIn(ben, 'Typed again')).toBeVisible()
  await taskIn(ben, 'Typed again').getByRole('button', { name: 'Delete: Typed again' }).focus()
  await page.keyboard.press('Enter')
  await expectPage(taskIn(ben, 'Typed again')).toHaveCount(0)
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow).toBe(0)
})

test('W7: what is on the board is there when the server has been killed and started again', async () => {
  const page = await open('view=single&left=ben')
  const ben = paneOf(page, 'ben')
  await ben.getByRole('textbox', { name: 'Title of the new task' }).fill('Still here')
  await ben.getByRole('button', { name: 'Add' }).click()
  await expectPage(taskIn(ben, 'Still here')).toBeVisible()
  const { port } = new URL(base)
  await server.kill()
  await expectPage(connectionOf(ben)).not.toHaveAttribute('data-status', 'connected')
  await expectPage(taskIn(ben, 'Still here')).toBeVisible()
  server = await startProcess('vite', ['--port', port, '--strictPort', '--host', '127.0.0.1'], 'ready in', {
    VITEST: undefined,
    NODE_ENV: undefined,
    SHOWCASE_STATE: state,
    SHOWCASE_CONFIG: resolve('tests/e2e/wrangler.toml'),
  })
  await expectPage(connectionOf(ben)).toHaveAttribute('data-status', 'connected', { timeout: 40_000 })
  await expectPage(taskIn(ben, 'Still here')).toBeVisible()
  // A server that is away is in the console of every browser; it is what this test is about.
  complaints = complaints.filter((text) => !/WebSocket connection|ERR_|vite|Failed to load/i.test(text))
})
