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
  // Before anything can fail, so that the next test begins afresh.
  for (const context of browser.contexts()) await context.close()
  const heard = complaints
  complaints = []
  const { frames, violations } = (await (await fetch(`${base}/spy`)).json()) as { frames: number; violations: string[] }
  expect(violations).toEqual([])
  expect(frames).toBeGreaterThan(0)
  expect(heard).toEqual([])
})

/** Opens the board on a room of its own. */
async function open(search = '', viewport = { width: 1440, height: 900 }): Promise<Page> {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' })
  const page = await context.newPage()
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
  await page.goto(`${base}/?${search}`)
  await expectPage(page.getByTestId('task').first()).toBeVisible({ timeout: 20_000 })
  return page
}

const paneOf = (page: Page, user: string): Locator => page.locator(`[data-testid=pane][data-user=${user}]`)
const taskIn = (pane: Locator, title: string): Locator =>
  pane.getByTestId('task').filter({ has: pane.page().getByRole('button', { name: title, exact: true }) })
const countIn = (pane: Locator, show: 'all' | 'open' | 'done'): Locator => pane.getByTestId(`count-${show}`)
const connectionOf = (pane: Locator): Locator => pane.getByTestId('connection')

/** A number on the board, once it is there. */
async function numberIn(count: Locator): Promise<number> {
  await expectPage(count).toHaveText(/\d/)
  return Number((await count.innerText()).replaceAll(/\D/g, ''))
}

const shown = (count: number): string => count.toLocaleString('en')

const search = (pane: Locator, text: string): Promise<void> =>
  pane.getByRole('searchbox', { name: 'Search titles' }).fill(text)

async function add(pane: Locator, title: string): Promise<void> {
  await pane.getByRole('textbox', { name: 'Title of the new task' }).fill(title)
  await pane.getByRole('button', { name: 'Add' }).click()
  await expectPage(taskIn(pane, title)).toBeVisible()
}

/** Turns the wheel over the list until there are so many rows, and gives how many there are. */
async function scrollTo(pane: Locator, rows: number): Promise<number> {
  await pane.getByTestId('task').first().hover()
  await expectPage
    .poll(
      async () => {
        await pane.page().mouse.wheel(0, 1500)
        return pane.getByTestId('task').count()
      },
      { timeout: 20_000, intervals: [50] },
    )
    .toBeGreaterThanOrEqual(rows)
  return pane.getByTestId('task').count()
}

/** A public task of Ben's in the seed. */
const task = 'Draw the empty state of the board'
/** A private one of Chloe's. */
const privateTask = 'Pick three quotes from the interviews'

test('a task that turns private leaves the other pane at once, and comes back when it turns public', async () => {
  const page = await open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await expectPage(taskIn(viewer, task)).toBeVisible()
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(taskIn(viewer, task)).toHaveCount(0)
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
    await expectPage(pane.getByTestId('effect-readout')).toContainText(/1 of 200 effects ran, in 1 of 50 rows/)
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
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(connectionOf(chloe)).toHaveAttribute('data-status', 'disconnected')
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).click()
  await expectPage(taskIn(ben, task)).toHaveAttribute('data-done', 'true')
  await expectPage(taskIn(chloe, task)).toHaveAttribute('data-done', 'false')
  await expectPage(chloe.getByTestId('task')).toHaveCount(50)
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(connectionOf(chloe)).toHaveAttribute('data-status', 'connected')
  await expectPage(taskIn(chloe, task)).toHaveAttribute('data-done', 'true')
})

test('a role that changes shows and hides tasks while one looks', async () => {
  const page = await open('view=split&left=ada&right=ben')
  const [ada, ben] = [paneOf(page, 'ada'), paneOf(page, 'ben')]
  await expectPage(taskIn(ben, task)).toBeVisible()
  const [all, some] = [await numberIn(countIn(ada, 'all')), await numberIn(countIn(ben, 'all'))]
  expect(some).toBeLessThan(all)
  await expectPage(taskIn(ben, privateTask)).toHaveCount(0)
  await ada.getByRole('button', { name: 'People' }).click()
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption('admin')
  await expectPage(taskIn(ben, privateTask)).toBeVisible()
  await expectPage(countIn(ben, 'all')).toHaveText(shown(all))
  await expectPage(ben.getByTestId('role')).toHaveText('admin')
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption('member')
  await expectPage(taskIn(ben, privateTask)).toHaveCount(0)
  await expectPage(countIn(ben, 'all')).toHaveText(shown(some))
})

test('a task that turns private is gone at once from the counts of who may not read it, and from nobody else’s', async () => {
  const page = await open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  const [own, all, open_] = [countIn(ben, 'all'), countIn(viewer, 'all'), countIn(viewer, 'open')]
  const before = { own: await numberIn(own), all: await numberIn(all), open: await numberIn(open_) }
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(all).toHaveText(shown(before.all - 1))
  await expectPage(open_).toHaveText(shown(before.open - 1))
  await expectPage(own).toHaveText(shown(before.own))
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(all).toHaveText(shown(before.all))
})

test('a search narrows the list and stays true: what comes to match appears, what does not stays out, the counts follow', async () => {
  const page = await open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  const [matches, all] = [viewer.getByTestId('matches'), countIn(viewer, 'all')]
  const before = await numberIn(all)
  await search(viewer, 'lisbon')
  await expectPage(taskIn(viewer, task)).toHaveCount(0)
  const found = await numberIn(matches)
  expect(found).toBeGreaterThan(50)
  expect(found).toBeLessThan(before)
  for (const row of await viewer.getByTestId('task').all()) await expectPage(row).toContainText(/lisbon/i)

  await add(ben, 'Fly to LISBON')
  await expectPage(viewer.getByTestId('task').first()).toContainText('Fly to LISBON')
  await expectPage(matches).toHaveText(`${found + 1} tasks match`)
  await add(ben, 'Fly to Porto')
  await expectPage(all).toHaveText(shown(before + 2))
  await expectPage(matches).toHaveText(`${found + 1} tasks match`)
  await expectPage(taskIn(viewer, 'Fly to Porto')).toHaveCount(0)

  await ben.getByRole('checkbox', { name: 'Done: Fly to LISBON' }).click()
  await viewer.getByRole('radio', { name: 'Done' }).check()
  await expectPage(matches).toHaveText(/\d+ done tasks match/)
  await expectPage(taskIn(viewer, 'Fly to LISBON')).toBeVisible()
  await search(viewer, 'fly to')
  await expectPage(matches).toHaveText('1 done task matches')
  await ben.getByRole('button', { name: 'Delete: Fly to LISBON' }).click()
  await expectPage(matches).toHaveText('0 done tasks match')
  await expectPage(viewer.getByText('No title has this in it.')).toBeVisible()

  await viewer.getByRole('radio', { name: 'All' }).check()
  await search(viewer, '')
  await expectPage(taskIn(viewer, task)).toBeVisible()
  await expectPage(matches).toHaveText('')
})

test('scrolling brings the next pages, and the rows that are drawn stay as they are', async () => {
  const page = await open('view=single&left=ben')
  const ben = paneOf(page, 'ben')
  const rows = ben.getByTestId('task')
  await expectPage(rows).toHaveCount(50)
  const drawn = await rows.evaluateAll((elements) => {
    Object.assign(window, { drawn: elements })
    return elements.length
  })
  const count = await scrollTo(ben, 250)
  expect(count % 50).toBe(0)
  expect(
    await rows.evaluateAll((elements) => {
      const before = (window as unknown as { drawn: Element[] }).drawn
      return before.filter((element, index) => element === elements[index]).length
    }),
  ).toBe(drawn)
  const ids = await rows.evaluateAll((elements) => elements.map((element) => element.getAttribute('data-id')))
  expect(new Set(ids).size).toBe(ids.length)
  // Nothing of a row has run again.
  await expectPage(ben.locator('[data-testid=effect-count]:not([data-count="0"])')).toHaveCount(0)
  expect(await ben.locator('.scroller').evaluate((scroller) => scroller.scrollTop)).toBeGreaterThan(5_000)
  // Another question begins at the top again.
  await ben.getByRole('radio', { name: 'Open' }).check()
  await expectPage(rows).toHaveCount(50)
  await expectPage(rows.first()).toBeInViewport()
})

test('a page that scrolls as a whole, as on a phone, brings no more than it is scrolled to', async () => {
  const page = await open('view=single&left=viewer', { width: 390, height: 844 })
  const viewer = paneOf(page, 'viewer')
  await scrollTo(viewer, 100)
  await page.mouse.wheel(0, -100_000)
  const count = await viewer.getByTestId('task').count()
  expect(count).toBeLessThanOrEqual(200)
  await page.waitForTimeout(500)
  expect(await viewer.getByTestId('task').count()).toBe(count)
})

test('a view that is taller than a page of tasks is filled without scrolling, and no further', async () => {
  const page = await open('view=single&left=viewer', { width: 1440, height: 4000 })
  const viewer = paneOf(page, 'viewer')
  await expectPage(viewer.getByTestId('task')).toHaveCount(100)
  await page.waitForTimeout(500)
  await expectPage(viewer.getByTestId('task')).toHaveCount(100)
})

test('order and filter go through all tasks, not through those on show, and stay true', async () => {
  const page = await open('view=single&left=ben')
  const ben = paneOf(page, 'ben')
  const rows = ben.getByTestId('task')
  const titles = () => ben.getByTitle('Edit the title').allTextContents()
  await ben.getByRole('combobox', { name: 'Order by' }).selectOption('priority')
  await expectPage(ben.locator('.priority[data-priority="3"]')).toHaveCount(50)
  await ben.getByRole('radio', { name: 'Done' }).check()
  await expectPage(ben.locator('[data-testid=task][data-done=true]:has([data-priority="3"])')).toHaveCount(50)
  await ben.getByRole('combobox', { name: 'Order by' }).selectOption('title')
  await ben.getByRole('button', { name: 'Descending' }).click()
  await ben.getByRole('radio', { name: 'Open' }).check()
  await expectPage(rows.first()).toContainText(/^Approve the /)
  expect(await titles()).toEqual((await titles()).toSorted())

  const [openTasks, doneTasks] = [await numberIn(countIn(ben, 'open')), await numberIn(countIn(ben, 'done'))]
  await add(ben, 'Air the rooms')
  await expectPage(rows.first()).toContainText('Air the rooms')
  await expectPage(countIn(ben, 'open')).toHaveText(shown(openTasks + 1))
  await ben.getByRole('checkbox', { name: 'Done: Air the rooms' }).click()
  await expectPage(taskIn(ben, 'Air the rooms')).toHaveCount(0)
  await expectPage(countIn(ben, 'open')).toHaveText(shown(openTasks))
  await expectPage(countIn(ben, 'done')).toHaveText(shown(doneTasks + 1))
  await expectPage(rows).toHaveCount(50)
  await scrollTo(ben, 100)
  expect(await titles()).toEqual((await titles()).toSorted())
})

test('C6: a user who is changed while the token of the former one is on its way is never connected as the former', async () => {
  const page = await open('view=single&left=viewer')
  const released = Promise.withResolvers<void>()
  await page.route('**/demo/token?*user=ada', async (route) => {
    await released.promise
    await route.continue()
  })
  await page.getByRole('radio', { name: 'Ada' }).check()
  await page.getByRole('radio', { name: 'Ben' }).check()
  const ben = paneOf(page, 'ben')
  await expectPage(ben.getByTestId('role')).toHaveText('member')
  const answered = page.waitForResponse('**/demo/token?*user=ada')
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
