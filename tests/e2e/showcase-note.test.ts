import { expect as expectPage, type Locator, type Page } from 'playwright/test'
import { expect, test } from 'vitest'
import { sticksOutOf, violationsOf } from './accessibility.ts'
import { desktop, narrow, paneOf, roomOf, serveBoard } from './board.ts'

const board = serveBoard({ small: true })

const textIn = (pane: Locator): Locator => pane.getByRole('textbox', { name: 'Note of this room' })
const stateIn = (pane: Locator): Locator => pane.getByTestId('text-state')

/** Opens the note in the pane of somebody, with what it begins with. */
async function openNote(page: Page, user: string): Promise<Locator> {
  const pane = paneOf(page, user)
  await pane.getByRole('button', { name: 'Note' }).click()
  await expectPage(textIn(pane)).toContainText('Launch, open questions')
  return pane
}

/** Goes to the end of the line that says something. */
async function goTo(pane: Locator, line: string): Promise<void> {
  await textIn(pane).getByText(line).click()
  await pane.page().keyboard.press('End')
}

async function setRoleOfBen(ada: Locator, role: string): Promise<void> {
  const page = ada.page()
  await ada.getByRole('button', { name: 'People' }).click()
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption(role)
  await page.keyboard.press('Escape')
}

const editorsLoaded = (page: Page) =>
  page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /codemirror/i.test(name)).length)

test('all write the note at once, see each other’s carets by name, and undo only what is their own', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  expect(await editorsLoaded(page)).toBe(0)
  const [ben, ada] = [await openNote(page, 'ben'), await openNote(page, 'ada')]
  expect(await editorsLoaded(page)).toBeGreaterThan(0)
  const other = await board.open(`${roomOf(page)}&view=single&left=chloe`, desktop)
  const chloe = await openNote(other, 'chloe')

  await goTo(ben, 'Who reads the post')
  await goTo(chloe, 'The tour')
  await Promise.all([
    page.keyboard.type(' Ben does, and tells you.', { delay: 15 }),
    other.keyboard.type(' Two minutes, I think.', { delay: 15 }),
  ])
  for (const pane of [ben, ada, chloe]) {
    await expectPage(textIn(pane)).toContainText('once more? Ben does, and tells you.')
    await expectPage(textIn(pane)).toContainText('or one? Two minutes, I think.')
    await expectPage(stateIn(pane)).toHaveText('Saved')
  }
  const names = (pane: Locator) => pane.locator('.cm-ySelectionInfo')
  await expectPage(names(ada)).toHaveText(['Ben', 'Chloe'])
  await expectPage(names(chloe)).toHaveText(['Ben'])
  await expectPage(names(chloe)).toBeVisible()
  await expectPage(ada.getByRole('list', { name: 'Also here' })).toContainText('Chloe')

  await page.keyboard.press('ControlOrMeta+z')
  await expectPage(textIn(chloe)).not.toContainText('Ben does')
  await expectPage(textIn(chloe)).toContainText('Two minutes, I think.')
  // Whoever closes the note is not there any more.
  await chloe.getByRole('button', { name: 'Note' }).click()
  await expectPage(names(ada)).toHaveText(['Ben'])
  await expectPage(textIn(chloe)).toBeHidden()
})

test('offline one writes on, also with the note closed in between; on return it is merged and saved', async () => {
  const page = await board.open('view=split&left=ben&right=chloe', desktop)
  const [ben, chloe] = [await openNote(page, 'ben'), await openNote(page, 'chloe')]
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(stateIn(ben)).toHaveText('Offline')
  await goTo(ben, 'Who reads the post')
  await page.keyboard.type(' Me.')
  await page.keyboard.press('Enter')
  await page.keyboard.type('- And this.')
  await expectPage(stateIn(ben)).toHaveText(/Offline\s*Not saved/)
  await ben.getByRole('button', { name: 'Note' }).click()
  await goTo(chloe, 'The tour')
  await page.keyboard.type(' Both.')
  await expectPage(stateIn(chloe)).toHaveText('Saved')
  await expectPage(ben.locator('.cm-content')).not.toContainText('Both.')
  await ben.getByRole('button', { name: 'Note' }).click()
  await expectPage(textIn(ben)).toContainText('- And this.')
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  for (const pane of [ben, chloe]) {
    await expectPage(textIn(pane)).toContainText('once more? Me.- And this.- The tour: two minutes, or one? Both.')
    await expectPage(stateIn(pane)).toHaveText('Saved')
  }
})

test('offline somebody else begins with a note of their own, and comes back with the board', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const ben = await openNote(page, 'ben')
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await goTo(ben, 'Who reads the post')
  await page.keyboard.type(' Not for Chloe.')
  await expectPage(stateIn(ben)).toHaveText(/Offline\s*Not saved/)
  await page.getByRole('radio', { name: 'Chloe' }).check()
  const chloe = paneOf(page, 'chloe')
  await expectPage(textIn(chloe)).not.toContainText('Not for Chloe.')
  await expectPage(stateIn(chloe)).toHaveText('Offline')
  await chloe.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(textIn(chloe)).toContainText('Launch, open questions')
  await expectPage(stateIn(chloe)).toHaveText('Saved')
  await expectPage(textIn(chloe)).not.toContainText('Not for Chloe.')
})

test('who may write follows the board, at once; what one wrote and may not is shown until it is given up', async () => {
  const page = await board.open('view=split&left=ada&right=ben', desktop)
  const [ada, ben] = [await openNote(page, 'ada'), await openNote(page, 'ben')]
  await setRoleOfBen(ada, 'viewer')
  await expectPage(stateIn(ben)).toHaveText('Read-only')
  await expectPage(textIn(ben)).not.toBeEditable()
  // Read and copied it can be, from the keyboard too, and nothing is changed by it.
  await textIn(ben).focus()
  await page.keyboard.type('x')
  await page.keyboard.press('ControlOrMeta+z')
  await goTo(ada, 'The tour')
  await page.keyboard.type(' Three!')
  await expectPage(textIn(ben)).toContainText('Three!')
  await expectPage(textIn(ben)).not.toContainText('x')

  await setRoleOfBen(ada, 'member')
  await expectPage(stateIn(ben)).toHaveText('Saved')
  await goTo(ben, 'Three!')
  await page.keyboard.type(' Four.')
  await expectPage(textIn(ada)).toContainText('Three! Four.')
  await expectPage(stateIn(ben)).toHaveText('Saved')

  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(stateIn(ben)).toHaveText('Offline')
  await goTo(ben, 'Four.')
  await page.keyboard.type(' Five.')
  await setRoleOfBen(ada, 'viewer')
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(ben.getByTestId('note').getByRole('alert')).toContainText('UPDATE DENIED')
  await expectPage(textIn(ben)).toContainText('Five.')
  expect(await violationsOf(page)).toEqual([])
  await ben.getByRole('button', { name: 'Discard' }).click()
  await expectPage(ben.getByTestId('note').getByRole('alert')).toHaveCount(0)
  await expectPage(textIn(ben)).toContainText('Four.')
  await expectPage(textIn(ben)).not.toContainText('Five.')
  await expectPage(stateIn(ben)).toHaveText('Read-only')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the note, and the tab key leads through it, ${colorScheme}`, async () => {
    const page = await board.open('view=split&left=ben&right=viewer', { ...desktop, colorScheme })
    const [ben, viewer] = [await openNote(page, 'ben'), await openNote(page, 'viewer')]
    await goTo(ben, 'Who reads the post')
    await expectPage(viewer.locator('.cm-ySelectionInfo')).toHaveText('Ben')
    expect(await violationsOf(page)).toEqual([])
    for (const pane of [ben, viewer]) {
      await pane.getByRole('button', { name: 'People' }).focus()
      await page.keyboard.press('Tab')
      await expectPage(textIn(pane)).toBeFocused()
      await page.keyboard.press('Tab')
      await expectPage(textIn(pane)).not.toBeFocused()
      await expectPage(pane.locator(':focus')).toHaveCount(1)
    }
  })
}

for (const [name, options] of [
  ['320', narrow],
  ['360', { ...narrow, viewport: { width: 360, height: 640 } }],
] as const) {
  test(`nothing of the note sticks out at a width of ${name} px`, async () => {
    const page = await board.open('view=single&left=ben', options)
    const ben = await openNote(page, 'ben')
    const other = await board.open(`${roomOf(page)}&view=single&left=ada`, options)
    const ada = await openNote(other, 'ada')
    for (const pane of [ben, ada]) await goTo(pane, 'The tour')
    await other.keyboard.type(' A-word-that-is-longer-than-a-line-of-a-phone-is-wide-and-has-no-end.')
    await expectPage(ben.locator('.cm-ySelectionInfo')).toHaveText('Ada')
    expect(await sticksOutOf(page)).toEqual([])
    expect(await violationsOf(page)).toEqual([])
  })
}
