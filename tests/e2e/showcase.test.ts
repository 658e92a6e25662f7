import { expect as expectPage, type Locator } from 'playwright/test'
import { expect, test } from 'vitest'
import { add, loadedIn, numberIn, paneOf, phone, roomOf, scrollTo, serveBoard, taskIn } from './board.ts'

const board = serveBoard()

const countIn = (pane: Locator, show: 'all' | 'open' | 'done'): Locator => pane.getByTestId(`count-${show}`)
const connectionOf = (pane: Locator): Locator => pane.getByTestId('connection')

const shown = (count: number): string => count.toLocaleString('en')

const search = (pane: Locator, text: string): Promise<void> =>
  pane.getByRole('searchbox', { name: 'Search titles' }).fill(text)

/** The rows in the view, top to bottom, once what was scrolled to is drawn. */
function look(pane: Locator) {
  return pane.evaluate(async (element) => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
    const scroller = element.querySelector('.scroller')!
    const scrolls = getComputedStyle(scroller).overflowY === 'auto'
    const view = scrolls ? scroller.getBoundingClientRect() : { top: 0, bottom: innerHeight, height: innerHeight }
    const rows = [...element.querySelectorAll<HTMLElement>('[data-testid=task]')]
    return {
      drawn: rows.length,
      loaded: Number.parseInt(element.querySelector('[data-testid=loaded]')!.textContent.replaceAll(',', ''), 10),
      height: view.height,
      inView: rows
        .map((row) => ({ row, box: row.getBoundingClientRect() }))
        .filter(({ box }) => box.bottom > view.top && box.top < view.bottom)
        .map(({ row, box: { top, height } }) => ({
          id: row.dataset.id!,
          place: Number(row.ariaRowIndex) - 1,
          top,
          height,
        })),
    }
  })
}

/** A public task of Ben's in the seed. */
const task = 'Draw the empty state of the board'
/** A private one of Chloe's. */
const privateTask = 'Pick three quotes from the interviews'

test('a task that turns private leaves the other pane at once, and comes back when it turns public', async () => {
  const page = await board.open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await expectPage(taskIn(viewer, task)).toBeVisible()
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(taskIn(viewer, task)).toHaveCount(0)
  await expectPage(taskIn(ben, task)).toBeVisible()
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  await expectPage(taskIn(viewer, task)).toBeVisible()
})

test('R2: a change runs one effect in one row, in both panes', async () => {
  const page = await board.open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).click()
  for (const pane of [ben, viewer]) {
    await expectPage(taskIn(pane, task)).toHaveAttribute('data-done', 'true')
    await expectPage(pane.getByTestId('effect-readout')).toContainText(/1 of \d+ effects ran, in 1 of \d+ rows/)
    await expectPage(pane.locator('[data-testid=effect-count][data-count="1"]')).toHaveCount(1)
  }
})

test('what one may not do is refused in the words of the room, and nothing changes', async () => {
  const page = await board.open('view=split&left=ben&right=viewer')
  const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
  await viewer.getByRole('checkbox', { name: `Done: ${task}` }).click()
  await expectPage(viewer.getByTestId('toast')).toContainText('UPDATE DENIED: role=viewer, collection=tasks')
  await expectPage(viewer.getByRole('checkbox', { name: `Done: ${task}` })).not.toBeChecked()
  await ben.getByRole('button', { name: 'Delete: Write the launch post' }).click()
  await expectPage(ben.getByTestId('toast')).toContainText('DELETE DENIED: role=member, collection=tasks')
  await expectPage(taskIn(ben, 'Write the launch post')).toBeVisible()
})

test('offline nothing is sent and the rows stay; online again what was missed is there', async () => {
  const page = await board.open('view=split&left=ben&right=chloe')
  const [ben, chloe] = [paneOf(page, 'ben'), paneOf(page, 'chloe')]
  await expectPage(taskIn(chloe, task)).toBeVisible()
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(connectionOf(chloe)).toHaveAttribute('data-status', 'disconnected')
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).click()
  await expectPage(taskIn(ben, task)).toHaveAttribute('data-done', 'true')
  await expectPage(taskIn(chloe, task)).toHaveAttribute('data-done', 'false')
  expect(await loadedIn(chloe)).toBe(50)
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(connectionOf(chloe)).toHaveAttribute('data-status', 'connected')
  await expectPage(taskIn(chloe, task)).toHaveAttribute('data-done', 'true')
})

test('a role that changes shows and hides tasks while one looks', async () => {
  const page = await board.open('view=split&left=ada&right=ben')
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
  const page = await board.open('view=split&left=ben&right=viewer')
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
  const page = await board.open('view=split&left=ben&right=viewer')
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

test('thirty pages on, few rows are drawn, and every task has been shown once and in order', async () => {
  const page = await board.open('view=single&left=ada')
  const ada = paneOf(page, 'ada')
  expect(await loadedIn(ada)).toBe(50)
  const shownAt = new Map<number, string>()
  let mostDrawn = 0
  const scroller = ada.locator('.scroller')
  let loaded = 0
  for (let top = 0; loaded < 1_550; ) {
    const before = await look(ada)
    loaded = before.loaded
    mostDrawn = Math.max(mostDrawn, before.drawn)
    // They fill the view, one below the other, unless it is at the end of what is loaded.
    const isAtEnd = before.inView.at(-1)!.place === loaded - 1
    const height = before.inView.reduce((sum, row) => sum + row.height, 0)
    if (!isAtEnd) expect(height).toBeGreaterThanOrEqual(before.height)
    for (const [index, { place, id }] of before.inView.entries()) {
      expect(place).toBe(before.inView[0]!.place + index)
      expect(shownAt.get(place) ?? id).toBe(id)
      shownAt.set(place, id)
    }
    // It stays where it is scrolled to.
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(top)
    top = await scroller.evaluate((element) => {
      element.scrollBy(0, 400)
      return element.scrollTop
    })
  }
  expect(loaded % 50).toBe(0)
  expect(mostDrawn).toBeLessThan(50)
  const places = [...shownAt.keys()]
  expect(places.length).toBeGreaterThan(1_400)
  expect(places).toEqual(places.map((_, index) => index))
  expect([...shownAt.values()]).toEqual(places.map((place) => `task-${String(place + 1).padStart(4, '0')}`))
  // Nothing of a row has run again.
  await expectPage(ada.locator('[data-testid=effect-count]:not([data-count="0"])')).toHaveCount(0)
  // Another question begins at the top again.
  await ada.getByRole('radio', { name: 'Open' }).check()
  await expectPage(ada.getByTestId('loaded')).toHaveText(/^50 of/)
  await expectPage(ada.locator('[aria-rowindex="1"]')).toBeInViewport()
})

for (const [device, options] of [
  ['desktop', {}],
  ['phone', phone],
] as const) {
  test(`R2, R3: far down the list a change runs one effect, and what comes or goes above moves nothing (${device})`, async () => {
    const page = await board.open('view=single&left=ada', options)
    const ada = paneOf(page, 'ada')
    await scrollTo(ada, 300)
    const before = await look(ada)
    const [first, middle] = [before.inView[0]!, before.inView[Math.floor(before.inView.length / 2)]!]
    // The rows in view and their neighbours, as elements of the document.
    const near = await ada.getByTestId('task').elementHandles()
    const [from, to] = [before.drawn / 2 - 2, before.drawn / 2 + 2].map(Math.floor)
    const stay = () => Promise.all(near.slice(from, to).map((row) => row.evaluate((element) => element.isConnected)))

    const other = paneOf(await board.open(`${roomOf(page)}&view=single&left=ada`), 'ada')
    const title = await ada.locator(`[data-id="${middle.id}"] .title`).innerText()
    await search(other, title)
    await other.getByRole('checkbox', { name: `Done: ${title}` }).click()
    await expectPage(ada.locator('[data-testid=effect-count][data-count="1"]')).toHaveCount(1)
    await expectPage(ada.locator(`[data-id="${middle.id}"] [data-testid=effect-count]`)).toHaveAttribute(
      'data-count',
      '1',
    )
    await expectPage(ada.getByTestId('effect-readout')).toContainText(/1 of \d+ effects ran, in 1 of \d+ rows/)
    expect(await stay()).toEqual([true, true, true, true])

    await search(other, 'Comes on top')
    const come = [1, () => add(other, 'Comes on top')] as const
    const go = [0, () => other.getByRole('button', { name: 'Delete: Comes on top' }).click()] as const
    // Again and again, for each change may run what hangs on it in another order than the one before.
    for (const [more, deed] of [come, go, come, go]) {
      await deed()
      await expectPage(ada.locator(`[data-id="${first.id}"]`)).toHaveAttribute(
        'aria-rowindex',
        String(first.place + more + 1),
      )
      // Rows that are drawn out of view may turn out higher than was thought, in the frame in which one looks.
      await expectPage
        .poll(async () => {
          const { id, place, top } = (await look(ada)).inView[0]!
          return { id, place, moved: Math.abs(top - first.top) > 1 }
        })
        .toEqual({ id: first.id, place: first.place + more, moved: false })
      await expectPage(ada.locator('[data-testid=effect-count][data-count="1"]')).toHaveCount(1)
      expect(await stay()).toEqual([true, true, true, true])
    }
  })
}

test('a row that comes is seen to come, whatever came before it', async () => {
  const page = await board.open('view=single&left=ben', { reducedMotion: 'no-preference' })
  const ben = paneOf(page, 'ben')
  await page.evaluate(() => {
    const { animate } = Element.prototype
    Element.prototype.animate = function (frames, options) {
      if (frames && 'transform' in frames) this.setAttribute('data-appears', '')
      return animate.call(this, frames, options)
    }
  })
  for (const title of ['One', 'Two', 'Three', 'Four', 'Five', 'Six']) {
    await add(ben, title)
    await expectPage(taskIn(ben, title)).toHaveAttribute('data-appears')
  }
})

test('a page that scrolls as a whole, as on a phone, brings no more than it is scrolled to', async () => {
  const page = await board.open('view=single&left=viewer', phone)
  const viewer = paneOf(page, 'viewer')
  await scrollTo(viewer, 100)
  await page.mouse.wheel(0, -100_000)
  const count = await loadedIn(viewer)
  expect(count).toBeLessThanOrEqual(200)
  await page.waitForTimeout(500)
  expect(await loadedIn(viewer)).toBe(count)
})

test('a view that is taller than a page of tasks is filled without scrolling, and no further', async () => {
  const page = await board.open('view=single&left=viewer', { viewport: { width: 1440, height: 4000 } })
  const viewer = paneOf(page, 'viewer')
  await expectPage(viewer.getByTestId('loaded')).toHaveText(/^100 of/)
  await page.waitForTimeout(500)
  expect(await loadedIn(viewer)).toBe(100)
})

test('order and filter go through all tasks, not through those on show, and stay true', async () => {
  const page = await board.open('view=single&left=ben')
  const ben = paneOf(page, 'ben')
  const rows = ben.getByTestId('task')
  const titles = () => ben.getByTitle('Edit the title').allTextContents()
  await ben.getByRole('combobox', { name: 'Order by' }).selectOption('priority')
  await expectPage(ben.locator('.priority:not([data-priority="3"])')).toHaveCount(0)
  await ben.getByRole('radio', { name: 'Done' }).check()
  await expectPage(ben.locator('[data-testid=task]:not([data-done=true])')).toHaveCount(0)
  await expectPage(ben.locator('.priority:not([data-priority="3"])')).toHaveCount(0)
  expect(await rows.count()).toBeGreaterThan(10)
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
  expect(await loadedIn(ben)).toBe(50)
  await scrollTo(ben, 100)
  await look(ben)
  const now = await titles()
  expect(now).toEqual(now.toSorted())
})

test('C6: a user who is changed while the token of the former one is on its way is never connected as the former', async () => {
  const page = await board.open('view=single&left=viewer')
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
  const page = await board.open('view=single&left=ben', phone)
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
  const page = await board.open('view=single&left=ben')
  const ben = paneOf(page, 'ben')
  await ben.getByRole('textbox', { name: 'Title of the new task' }).fill('Still here')
  await ben.getByRole('button', { name: 'Add' }).click()
  await expectPage(taskIn(ben, 'Still here')).toBeVisible()
  await board.kill()
  await expectPage(connectionOf(ben)).not.toHaveAttribute('data-status', 'connected')
  await expectPage(taskIn(ben, 'Still here')).toBeVisible()
  await board.start()
  await expectPage(connectionOf(ben)).toHaveAttribute('data-status', 'connected', { timeout: 40_000 })
  await expectPage(taskIn(ben, 'Still here')).toBeVisible()
  // A server that is away is in the console of every browser; it is what this test is about.
  board.expectComplaints(/WebSocket connection|ERR_|vite|Failed to load|Could not connect/i)
})
