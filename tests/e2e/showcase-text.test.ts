import { expect as expectPage, type Locator } from 'playwright/test'
import { expect, test } from 'vitest'
import { sticksOutOf, violationsOf } from './accessibility.ts'
import { desktop, narrow, paneOf, roomOf, serveBoard, taskIn } from './board.ts'

const board = serveBoard({ small: true })

/** A public task of Ben's in the seed. */
const task = 'Draw the empty state of the board'
/** Another one. */
const next = 'Let the list keep its place while it scrolls'

const buttonIn = (pane: Locator, title = task): Locator =>
  pane.getByRole('button', { name: `Description: ${title}`, exact: true })
const textIn = (pane: Locator, title = task): Locator =>
  pane.getByRole('textbox', { name: `Description: ${title}`, exact: true })
const stateIn = (pane: Locator): Locator => pane.getByTestId('text-state').filter({ visible: true })

/** Opens the description of a task; what is typed goes there then. */
async function openText(pane: Locator, title = task): Promise<Locator> {
  await buttonIn(pane, title).click()
  await expectPage(textIn(pane, title)).toBeFocused()
  await expectPage(stateIn(pane)).toHaveText(/Saved|Read-only/)
  return pane
}

test('X2, X11: two write a description at once, and a reader sees it and cannot write, until they may', async () => {
  const page = await board.open('view=split&left=ben&right=chloe', desktop)
  const [ben, chloe] = [paneOf(page, 'ben'), paneOf(page, 'chloe')]
  const other = await board.open(`${roomOf(page)}&view=single&left=ada`, desktop)
  const ada = await openText(paneOf(other, 'ada'))
  await openText(chloe)
  await expectPage(stateIn(chloe)).toHaveText('Read-only')
  await expectPage(textIn(chloe)).not.toBeEditable()
  await openText(ben)
  await page.keyboard.type('What it is for.')
  await page.keyboard.press('Enter')
  await expectPage(textIn(ada)).toContainText('What it is for.')
  await Promise.all([
    page.keyboard.type('Ben draws it.', { delay: 15 }),
    other.keyboard.type('Ada asks: ', { delay: 15 }),
  ])
  for (const pane of [ben, ada, chloe]) {
    await expectPage(textIn(pane).locator('.cm-line')).toHaveText([
      /^(?=.*Ada asks: )(?=.*What it is for\.)/,
      /Ben draws it\./,
    ])
  }
  for (const pane of [ben, ada]) await expectPage(stateIn(pane)).toHaveText('Saved')
  await expectPage(chloe.locator('.cm-ySelectionInfo')).toHaveText(['Ada', 'Ben'])
  await expectPage(ben.getByRole('list', { name: 'Also here' })).toContainText('Chloe')

  await textIn(chloe).focus()
  await page.keyboard.type('Mine!')
  await other.keyboard.press('ControlOrMeta+z')
  await expectPage(textIn(chloe)).not.toContainText('Ada asks')
  await expectPage(textIn(chloe)).not.toContainText('Mine!')

  await ada.getByRole('button', { name: 'People' }).click()
  await other.getByRole('combobox', { name: 'Role of Chloe' }).selectOption('admin')
  await expectPage(stateIn(chloe)).toHaveText('Saved')
  // Who was in it as a reader need not go there again.
  await page.keyboard.type('Chloe tries it. ')
  await expectPage(textIn(ben)).toContainText('Chloe tries it. ')
})

test('D3: offline one writes on, also with the text closed in between; on return it is merged and saved', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  const [ben, ada] = [await openText(paneOf(page, 'ben')), await openText(paneOf(page, 'ada'))]
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(stateIn(ben)).toHaveText('Offline')
  await textIn(ben).focus()
  await page.keyboard.type('Written away.')
  await expectPage(stateIn(ben)).toHaveText(/Offline\s*Not saved/)
  await buttonIn(ben).click()
  await expectPage(ben.getByTestId('task-text')).toBeHidden()
  await textIn(ada).focus()
  await page.keyboard.type('Written here.')
  await expectPage(stateIn(ada)).toHaveText('Saved')
  await buttonIn(ben, next).click()
  await expectPage(textIn(ben, next)).toBeVisible()
  await expectPage(ben.getByTestId('task-text')).toHaveCount(2)
  await buttonIn(ben).click()
  await expectPage(textIn(ben)).toHaveText('Written away.')
  await buttonIn(ben).click()
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(textIn(ada)).toContainText('Written away.')
  await expectPage(textIn(ada)).toContainText('Written here.')
  // What is closed and saved is not kept.
  await expectPage(ben.getByTestId('task-text')).toHaveCount(0)
  await openText(ben)
  await expectPage(textIn(ben)).toContainText('Written away.')
  await expectPage(textIn(ben)).toContainText('Written here.')
})

test('X6, X10: with its task it goes from whoever may not see it any more, at once and with the title', async () => {
  const page = await board.open('view=split&left=ben&right=viewer', desktop)
  const [ben, viewer] = [await openText(paneOf(page, 'ben')), await openText(paneOf(page, 'viewer'))]
  await textIn(ben).focus()
  await page.keyboard.type('Not for everybody.')
  await expectPage(textIn(viewer)).toContainText('Not for everybody.')
  await ben.getByRole('switch', { name: `Public: ${task}` }).click()
  const text = viewer.getByTestId('task-text')
  await expectPage(text.getByRole('alert')).toHaveText('This task is deleted, or not yours to see any more.')
  await expectPage(text).not.toContainText('everybody.')
  await expectPage(text).not.toContainText(task)
  await expectPage(viewer.getByTestId('task').filter({ hasText: task })).toHaveCount(0)
  expect(await violationsOf(page)).toEqual([])
  await expectPage(textIn(ben)).toContainText('Not for everybody.')
  await ben.getByRole('button', { name: `Delete: ${task}` }).click()
  await expectPage(ben.getByTestId('task-text').getByRole('alert')).toBeVisible()
  await text.getByRole('button', { name: 'Close the description' }).click()
  await expectPage(text).toHaveCount(0)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`it is opened, written and closed from the keyboard, and axe finds nothing, ${colorScheme}`, async () => {
    const page = await board.open('view=split&left=ben&right=viewer', { ...desktop, colorScheme })
    const [ben, viewer] = [paneOf(page, 'ben'), paneOf(page, 'viewer')]
    await openText(viewer)
    await buttonIn(ben).focus()
    await expectPage(buttonIn(ben)).toHaveAttribute('aria-expanded', 'false')
    await page.keyboard.press('Enter')
    await expectPage(textIn(ben)).toBeFocused()
    await expectPage(buttonIn(ben)).toHaveAttribute('aria-expanded', 'true')
    await expectPage(stateIn(ben)).toHaveText('Saved')
    await page.keyboard.type('By key.')
    await expectPage(textIn(viewer)).toHaveText(/By key\./)
    expect(await violationsOf(page)).toEqual([])
    for (const pane of [ben, viewer]) {
      await pane.getByRole('button', { name: 'Close the description' }).focus()
      await page.keyboard.press('Tab')
      await expectPage(textIn(pane)).toBeFocused()
      await page.keyboard.press('Tab')
      await expectPage(textIn(pane)).not.toBeFocused()
    }
    await textIn(ben).press('Escape')
    await expectPage(ben.getByTestId('task-text')).toHaveCount(0)
    await expectPage(buttonIn(ben)).toBeFocused()
    await expectPage(textIn(viewer)).toContainText('By key.')
  })
}

for (const width of [320, 390]) {
  test(`nothing of it sticks out at a width of ${width} px, and the tasks are above it`, async () => {
    const page = await board.open('view=single&left=ada', { ...narrow, viewport: { width, height: 740 } })
    const other = await board.open(`${roomOf(page)}&view=single&left=ben`, desktop)
    await buttonIn(paneOf(page, 'ada')).scrollIntoViewIfNeeded()
    const scrolled = () => page.evaluate(() => scrollY)
    const before = await scrolled()
    const [ada, ben] = [await openText(paneOf(page, 'ada')), await openText(paneOf(other, 'ben'))]
    await page.keyboard.type('Words. ')
    await expectPage(textIn(ben)).toContainText('Words.')
    expect(await scrolled()).toBe(before)
    await other.keyboard.type('A-word-that-is-longer-than-a-line-of-a-phone-is-wide-and-has-no-end-of-its-own.')
    await expectPage(textIn(ada)).toContainText('of-its-own.')
    await expectPage(stateIn(ben)).toHaveText('Saved')
    expect(await sticksOutOf(page)).toEqual([])
    expect(await violationsOf(page)).toEqual([])
    await taskIn(ada, task).getByRole('checkbox').focus()
    for (let row = 0; row < 6; row++) {
      await page.keyboard.press('ArrowDown')
      const [focused, status] = await Promise.all([
        page.locator(':focus').boundingBox(),
        ada.locator('.status').boundingBox(),
      ])
      expect(focused!.y + focused!.height).toBeLessThanOrEqual(status!.y)
      expect(focused!.y).toBeGreaterThanOrEqual(0)
    }
  })
}
