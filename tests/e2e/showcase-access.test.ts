import { expect as expectPage, type Locator, type Page } from 'playwright/test'
import { describe, expect, test } from 'vitest'
import { sticksOutOf, violationsOf } from './accessibility.ts'
import { add, desktop, narrow, paneOf, phone, roomOf, serveBoard, taskIn } from './board.ts'

const board = serveBoard({ small: true })

/** A public task of Ben's, the first of the list. */
const task = 'Draw the empty state of the board'
/** One of Chloe's, the second. */
const foreign = 'Write the launch post'

/** Goes so far that everything the board can show is shown: a refusal, an effect that ran, and a row under the pointer. */
async function stir(page: Page): Promise<Locator> {
  const ben = paneOf(page, 'ben')
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).click()
  await expectPage(taskIn(ben, task).getByTestId('effect-count')).toHaveText(/1/)
  await ben.getByRole('button', { name: `Delete: ${foreign}` }).click()
  await expectPage(ben.getByTestId('toast')).toBeVisible()
  return ben
}

const focusedName = (page: Page): Promise<string | null> =>
  page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute('aria-label') ?? element?.textContent ?? null
  })

for (const [device, options, views] of [
  ['a desktop', desktop, ['split']],
  ['a phone', phone, ['single', 'split']],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const view of views) {
      test(`axe finds nothing on ${device}, ${view}, ${colorScheme}`, async () => {
        const page = await board.open(`view=${view}&left=ben&right=viewer`, { ...options, colorScheme })
        const ben = await stir(page)
        expect(await violationsOf(page)).toEqual([])
        await taskIn(ben, foreign).getByTitle('Edit the title').click()
        if (view === 'single' || device === 'a desktop') {
          await ben.getByRole('searchbox').fill('e')
          await expectPage(ben.getByTestId('matches')).toHaveText(/match/)
          await ben.getByRole('button', { name: 'People' }).click()
        }
        expect(await violationsOf(page)).toEqual([])
        if (view === 'single' || device === 'a desktop') {
          await page.keyboard.press('Escape')
          await ben.getByRole('searchbox').fill('no title has this in it')
          await expectPage(ben.getByText('No title has this in it.')).toBeVisible()
          expect(await violationsOf(page)).toEqual([])
        }
      })
    }
  }
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`what a check box and a switch are known by stands out 3 to 1, ${colorScheme}`, async () => {
    const page = await board.open('view=single&left=ben', { ...desktop, colorScheme })
    const contrasts = await paneOf(page, 'ben').evaluate((pane) => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!
      const luminance = (color: string) => {
        canvas.fillStyle = color
        canvas.fillRect(0, 0, 1, 1)
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((channel) =>
          channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4,
        )
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
      }
      const contrast = (a: string, b: string) => {
        const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
        return (light! + 0.05) / (dark! + 0.05)
      }
      const ground = getComputedStyle(pane).backgroundColor
      const box = (selector: string) => getComputedStyle(pane.querySelector(selector)!, '::before')
      return [
        contrast(box('.done:not(:checked)').borderTopColor, ground),
        contrast(box('.done:checked').backgroundColor, ground),
        contrast(box('.switch').backgroundColor, ground),
      ]
    })
    for (const contrast of contrasts) expect(contrast).toBeGreaterThanOrEqual(3)
  })
}

test('nothing is read aloud that is not to be seen, but what is written for that', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const ben = paneOf(page, 'ben')
  const unseen = () =>
    page.evaluate(() => {
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      const found: string[] = []
      while (texts.nextNode()) {
        const { parentElement: parent, data } = texts.currentNode as Text
        if (data.trim() === '' || parent!.closest('[aria-hidden=true], .visually-hidden, option, style, script'))
          continue
        // What a screen reader leaves out as well.
        if (!parent!.checkVisibility({ visibilityProperty: true })) continue
        const { color } = getComputedStyle(parent!)
        if (/[,/] ?0\)$|^transparent$/.test(color) || !parent!.checkVisibility({ opacityProperty: true }))
          found.push(data)
      }
      return found
    })
  expect(await unseen()).toEqual([])
  expect(await taskIn(ben, foreign).ariaSnapshot()).not.toMatch(/\b0\b/)
  await stir(page)
  expect(await unseen()).toEqual([])
  expect(await taskIn(ben, task).ariaSnapshot()).toMatch(/1 effect ran again/)
})

describe('in forced colours', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`what is chosen, switched on or checked looks other than what is not, ${colorScheme}`, async () => {
      const page = await board.open('view=split&left=ben&right=viewer', {
        ...desktop,
        colorScheme,
        forcedColors: 'active',
      })
      const ben = paneOf(page, 'ben')
      const background = (element: Locator) => element.evaluate((each) => getComputedStyle(each).backgroundColor)
      for (const group of await page.getByRole('group').all()) {
        const chosen = group.locator('.segment:has(:checked)')
        const other = group.locator('.segment:not(:has(:checked))').first()
        expect(await background(chosen)).not.toBe(await background(other))
        const text = (element: Locator) => element.evaluate((each) => getComputedStyle(each).color)
        expect(await text(chosen)).not.toBe(await text(other))
      }
      for (const toggle of [
        ben.getByRole('switch', { name: 'Go offline' }),
        ben.getByRole('switch', { name: 'New task is public' }),
        ben.getByRole('switch', { name: `Public: ${task}` }),
        ben.getByRole('checkbox', { name: `Done: ${task}` }),
      ]) {
        // Neither the ring of the focus nor the pointer is what tells them apart.
        const look = async () => {
          await page.mouse.move(0, 0)
          await toggle.evaluate((element: HTMLElement) => element.blur())
          return (await toggle.screenshot()).toString('base64')
        }
        const before = [await look(), await toggle.ariaSnapshot()]
        await toggle.click()
        await expectPage.poll(() => toggle.ariaSnapshot()).not.toBe(before[1])
        expect(await look()).not.toBe(before[0])
        await toggle.click()
        await expectPage.poll(() => toggle.ariaSnapshot()).toBe(before[1])
      }
      expect(await violationsOf(page)).toEqual([])
    })
  }
})

for (const view of ['single', 'split'] as const) {
  for (const [width, options] of [
    [320, narrow],
    [390, phone],
  ] as const) {
    test(`nothing sticks out at a width of ${width} px, ${view}`, async () => {
      const page = await board.open(`view=${view}&left=ben&right=viewer`, options)
      const ben = await stir(page)
      if (view === 'single') {
        await ben.getByRole('searchbox').fill('e')
        await expectPage(ben.getByTestId('matches')).toHaveText(/match/)
      }
      expect(await sticksOutOf(page)).toEqual([])
    })
  }
}

for (const [width, options] of [
  [320, narrow],
  [390, phone],
] as const) {
  test(`a finger finds everything: at least 44 by 44 px, at a width of ${width} px`, async () => {
    const page = await board.open('view=single&left=ben', options)
    const ben = await stir(page)
    await add(ben, 'I')
    await ben.getByRole('button', { name: 'People' }).click()
    await page.evaluate(() => scrollTo(0, 0))
    const targets = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, select')]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          // A field in a label is as large as the label.
          const { width, height } = (element.closest('label') ?? element).getBoundingClientRect()
          return { name: element.getAttribute('aria-label') ?? element.textContent, width, height }
        }),
    )
    expect(targets.length).toBeGreaterThan(40)
    expect(targets.filter(({ width, height }) => Math.min(width, height) < 43.5)).toEqual([])
  })
}

test('a list is one stop of the Tab key', async () => {
  const page = await board.open('view=split&left=ben&right=viewer', desktop)
  await stir(page)
  await page.locator('body').evaluate((body) => {
    body.tabIndex = -1
    body.focus()
    body.removeAttribute('tabindex')
  })
  const stops: string[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    if (await paneOf(page, 'viewer').evaluate((pane) => pane.contains(document.activeElement))) break
    stops.push((await focusedName(page)) ?? '')
    expect(stops.length, stops.join('\n')).toBeLessThan(20)
  }
  expect(stops.filter((name) => /^Done: /.test(name))).toHaveLength(0)
  expect(stops.filter((name) => name.includes(foreign))).toEqual([`Delete: ${foreign}`])
  expect(stops.length, stops.join('\n')).toBeLessThanOrEqual(17)
})

test('the arrow keys lead through the list, and everything in it can be done from there', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const ben = paneOf(page, 'ben')
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const names = async (...keys: string[]) => {
    const found: (string | null)[] = []
    for (const key of keys) {
      await press(key)
      found.push(await focusedName(page))
    }
    return found
  }
  await ben.getByRole('button', { name: 'People' }).focus()
  expect(await names('Tab', ...Array(7).fill('ArrowRight'))).toEqual([
    `Done: ${task}`,
    task,
    `Priority: ${task}`,
    'BOwner: Ben',
    `Public: ${task}`,
    `Description: ${task}`,
    `Delete: ${task}`,
    `Delete: ${task}`,
  ])
  expect(await names('ArrowDown', 'Home', 'ArrowUp', 'ArrowUp')).toEqual([
    `Delete: ${foreign}`,
    `Done: ${foreign}`,
    `Done: ${task}`,
    `Done: ${task}`,
  ])
  // There and back again: where one was is where one comes back to.
  await press('ArrowDown', 'ArrowRight')
  expect(await names('Shift+Tab', 'Tab')).toEqual([expect.any(String), foreign])

  // Check, change the priority, turn private.
  await press('Control+Home', 'Space')
  await expectPage(taskIn(ben, task)).toHaveAttribute('data-done', 'true')
  await press('ArrowRight', 'ArrowRight')
  const select = ben.getByRole('combobox', { name: `Priority: ${task}` })
  await expectPage(select).toBeFocused()
  await page.keyboard.type('h')
  await expectPage(select).toHaveAttribute('data-priority', '3')
  // An open select has its arrow keys for itself.
  await press('Alt+ArrowDown', 'ArrowUp', 'ArrowUp', 'Enter')
  await expectPage(select).toHaveAttribute('data-priority', '1')
  await expectPage(select).toBeFocused()
  await press('ArrowRight', 'ArrowRight', 'Space')
  await expectPage(ben.getByRole('switch', { name: `Public: ${task}` })).toHaveAttribute('aria-checked', 'false')

  // Edit: the arrow keys are the text's until it is closed.
  await press('ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'Enter')
  await press('End', 'ArrowLeft', 'ArrowDown', 'End')
  await page.keyboard.type(', by key')
  await press('Enter')
  await expectPage(taskIn(ben, `${task}, by key`)).toBeVisible()
  expect(await focusedName(page)).toBe(`${task}, by key`)

  // Delete: the focus is at the task that took its place.
  await press('End', 'Enter')
  await expectPage(taskIn(ben, `${task}, by key`)).toHaveCount(0)
  expect(await focusedName(page)).toBe(`Done: ${foreign}`)

  // To the end of what is loaded, over rows that are not drawn, and back.
  await press('Control+End')
  const focusedPlace = () =>
    page.evaluate(() => Number(document.activeElement!.closest<HTMLElement>('[role=row]')!.ariaRowIndex))
  expect(await focusedPlace()).toBe(50)
  await expectPage(ben.getByTestId('loaded')).toHaveText(/^100 of/)
  await press('PageDown')
  expect(await focusedPlace()).toBeGreaterThan(55)
  await expectPage(page.locator(':focus')).toBeInViewport({ ratio: 1 })
  await press('ArrowDown')
  await expectPage(page.locator(':focus')).toBeInViewport({ ratio: 1 })
  await press('Control+Home')
  expect(await focusedPlace()).toBe(1)
  await expectPage(page.locator(':focus')).toBeInViewport({ ratio: 1 })
})

for (const [device, options] of [
  ['a desktop', desktop],
  ['a phone', phone],
] as const) {
  test(`a title that is being edited stays so while one scrolls far away and back, on ${device}`, async () => {
    const page = await board.open('view=single&left=ben', options)
    const ben = paneOf(page, 'ben')
    await ben.getByRole('button', { name: task, exact: true }).click()
    const field = ben.getByRole('textbox', { name: 'Title', exact: true })
    await field.fill('Half')
    await ben.getByTestId('task').nth(2).hover()
    for (let turn = 0; turn < 20; turn++) {
      await page.mouse.wheel(0, 1_000)
      await page.evaluate(() => new Promise(requestAnimationFrame))
    }
    await expectPage
      .poll(() => ben.getByTestId('task').nth(1).getAttribute('aria-rowindex').then(Number))
      .toBeGreaterThan(40)
    await expectPage(field).toBeFocused()
    await expectPage(field).not.toBeInViewport()
    await page.keyboard.insertText(' a title')
    await page.mouse.wheel(0, -100_000)
    await expectPage(field).toBeFocused()
    await expectPage(ben.getByTestId('task').first()).toHaveAttribute('aria-rowindex', '1')
    await page.keyboard.press('Enter')
    await expectPage(taskIn(ben, 'Half a title')).toBeVisible()
    expect(await focusedName(page)).toBe('Half a title')
  })
}

test('a title that is being edited stays so when its task moves in the list, or the list around it', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const ben = paneOf(page, 'ben')
  await ben.getByRole('combobox', { name: 'Order by' }).selectOption('updatedAt')
  const second = 'Ask legal about the new terms'
  const title = await ben.locator('[aria-rowindex="3"] .title').innerText()
  expect(title).toBe(second)
  await ben.getByRole('button', { name: second, exact: true }).click()
  const field = ben.getByRole('textbox', { name: 'Title', exact: true })
  await field.fill('Half')
  const other = paneOf(await board.open(`${roomOf(page)}&view=single&left=ada`), 'ada')
  // Changed by somebody else, the task moves to the top; another follows it.
  for (const name of [second, 'Publish the roadmap']) {
    await other.getByRole('checkbox', { name: `Done: ${name}` }).click()
    await expectPage(ben.locator('[aria-rowindex="1"]')).toHaveAttribute('data-done', 'true')
    await expectPage(field).toBeFocused()
  }
  await expectPage(ben.locator('[aria-rowindex="2"]').getByRole('textbox')).toHaveValue('Half')
  await page.keyboard.press('End')
  await page.keyboard.insertText(' a title')
  await page.keyboard.press('Enter')
  await expectPage(taskIn(ben, 'Half a title')).toBeVisible()
})

test('a refusal takes nothing from the list: neither place nor, once dismissed, the focus', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const ben = await stir(page)
  await ben.getByRole('button', { name: `Delete: ${foreign}` }).click()
  const toasts = ben.getByTestId('toast')
  await expectPage(toasts).toHaveCount(2)
  const list = (await ben.locator('.scroller').boundingBox())!
  const toast = (await toasts.first().boundingBox())!
  expect(toast.y).toBeGreaterThanOrEqual(list.y + list.height)
  await toasts.first().getByRole('button', { name: 'Dismiss' }).focus()
  await page.keyboard.press('Enter')
  await expectPage(toasts).toHaveCount(1)
  expect(await focusedName(page)).toBe('Dismiss')
  await page.keyboard.press('Enter')
  await expectPage(toasts).toHaveCount(0)
  expect(await focusedName(page)).toBe(`Delete: ${foreign}`)
})

test('on a phone nothing that has the focus is below a refusal', async () => {
  const page = await board.open('view=single&left=ben', phone)
  const ben = await stir(page)
  await ben.getByRole('checkbox', { name: `Done: ${task}` }).focus()
  for (let row = 0; row < 12; row++) {
    await page.keyboard.press('ArrowDown')
    const [focused, status] = await Promise.all([
      page.locator(':focus').boundingBox(),
      ben.locator('.status').boundingBox(),
    ])
    expect(focused!.y + focused!.height).toBeLessThanOrEqual(status!.y)
    expect(focused!.y).toBeGreaterThanOrEqual(0)
  }
})

test('a refusal goes by itself after a while, but not from under the pointer or the focus', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  await page.clock.install()
  const ben = await stir(page)
  const toast = ben.getByTestId('toast')
  await toast.hover()
  await page.clock.runFor(10_000)
  await expectPage(toast).toBeVisible()
  await toast.getByRole('button', { name: 'Dismiss' }).focus()
  await page.mouse.move(0, 0)
  await page.clock.runFor(10_000)
  await expectPage(toast).toBeVisible()
  await ben.getByRole('searchbox').focus()
  await page.clock.runFor(10_000)
  await expectPage(toast).toHaveCount(0)
})

test('the list is there whether the page scrolls or the pane, as one turns from one to the other', async () => {
  const page = await board.open('view=single&left=ben', phone)
  const ben = paneOf(page, 'ben')
  await expectPage(taskIn(ben, task)).toBeVisible()
  for (const name of ['Two panes', 'One pane']) {
    await page.getByRole('radio', { name }).check()
    // A pane that goes while it connects is in the console of a browser.
    await expectPage(page.locator('[data-testid=connection]:not([data-status=connected])')).toHaveCount(0)
    await expectPage(taskIn(ben, task)).toBeVisible()
    await taskIn(ben, task).getByRole('checkbox').focus()
    await page.keyboard.press('PageDown')
    await page.keyboard.press('PageDown')
    await expectPage(page.locator(':focus')).toBeInViewport({ ratio: 1 })
    expect(await focusedName(page)).toMatch(/^Done: /)
  }
  await page.setViewportSize({ width: 1000, height: 800 })
  await page.keyboard.press('Tab')
  await expectPage.poll(() => ben.getByTestId('task').count()).toBeGreaterThan(10)
  await ben.getByTestId('task').nth(1).hover()
  await page.mouse.wheel(0, 1_000)
  await expectPage.poll(() => ben.locator('.scroller').evaluate(({ scrollTop }) => scrollTop)).toBeGreaterThan(500)
})
