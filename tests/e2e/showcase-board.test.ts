import { expect as expectPage, type Locator, type Page } from 'playwright/test'
import { expect, test } from 'vitest'
import { sizesOf, sticksOutOf, violationsOf } from './accessibility.ts'
import { desktop, narrow, paneOf, roomOf, serveBoard } from './board.ts'

const board = serveBoard({ small: true })

const sketchIn = (pane: Locator): Locator => pane.getByTestId('sketch')
const shapesIn = (pane: Locator): Locator => pane.getByTestId('shape')
/** The shape whose label begins like this: who else has chosen it stands behind. */
const shapeIn = (pane: Locator, name: string): Locator =>
  shapesIn(pane).and(pane.page().locator(`[aria-label^="${name}"]`))
const stateIn = (pane: Locator): Locator => sketchIn(pane).getByTestId('text-state')
const toolIn = (pane: Locator, name: string): Locator => sketchIn(pane).getByRole('button', { name, exact: true })
const pointerIn = (pane: Locator): Locator => sketchIn(pane).getByTestId('pointer')

/** Where a shape is, and how large, as its page has it. */
const frameOf = (shape: Locator): Promise<string> =>
  shape.evaluate(({ style: { left, top, width, height } }) => [left, top, width, height].join(' '))

/** Opens the sketch in the pane of somebody, with what it begins with. */
async function openSketch(page: Page, user: string, shapes = 4): Promise<Locator> {
  const pane = paneOf(page, user)
  await pane.getByRole('button', { name: 'Sketch', exact: true }).click()
  await expectPage(shapesIn(pane)).toHaveCount(shapes)
  return pane
}

/** Presses on a shape and moves the pointer so far, without letting it go. */
async function pull(shape: Locator, right: number, down: number): Promise<void> {
  const { mouse } = shape.page()
  await shape.hover()
  await mouse.down()
  const { x, y, width, height } = (await shape.boundingBox())!
  await mouse.move(x + width / 2 + right, y + height / 2 + down, { steps: 8 })
}

async function drag(shape: Locator, right: number, down: number): Promise<void> {
  await pull(shape, right, down)
  await shape.page().mouse.up()
}

async function setRoleOfBen(ada: Locator, role: string): Promise<void> {
  const page = ada.page()
  await ada.getByRole('button', { name: 'People' }).click()
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption(role)
  await page.keyboard.press('Escape')
}

/** Waits until a shape is in both panes where it is in the first. */
const alike = (one: Locator, other: Locator) =>
  expectPage.poll(async () => (await frameOf(one)) === (await frameOf(other))).toBe(true)

test('all draw at once: a shape moves for the others while it is dragged, and one undoes only what is their own', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  const [ben, ada] = [await openSketch(page, 'ben'), await openSketch(page, 'ada')]
  const [box, boxThere] = [shapeIn(ben, 'Blue box'), shapeIn(ada, 'Blue box')]
  const [before, diamondBefore] = [await frameOf(box), await frameOf(shapeIn(ben, 'Rose diamond'))]

  await pull(box, 60, 40)
  const held = await frameOf(box)
  expect(held).not.toBe(before)
  await expectPage.poll(() => frameOf(boxThere)).toBe(held)
  // Who it is that has it, and where they point.
  await expectPage(boxThere).toHaveAccessibleName('Blue box, chosen by Ben')
  await expectPage(pointerIn(ada)).toHaveText('Ben')
  await expectPage(sketchIn(ada).getByRole('list', { name: 'Also here' })).toContainText('Ben')
  await page.mouse.up()
  await expectPage(stateIn(ben)).toHaveText('Saved')

  // The pointer is in one pane at a time.
  await drag(shapeIn(ada, 'Rose diamond'), -40, 20)
  await expectPage(pointerIn(ben)).toHaveText('Ada')
  await expectPage(pointerIn(ada)).toHaveCount(0)
  await alike(shapeIn(ada, 'Rose diamond'), shapeIn(ben, 'Rose diamond'))
  const diamond = await frameOf(shapeIn(ben, 'Rose diamond'))
  expect(diamond).not.toBe(diamondBefore)

  // However often it moved while it was dragged, it is one step.
  await toolIn(ben, 'Undo').click()
  await expectPage.poll(() => frameOf(box)).toBe(before)
  await expectPage(toolIn(ben, 'Undo')).toHaveAttribute('aria-disabled', 'true')
  await expectPage.poll(() => frameOf(boxThere)).toBe(before)
  expect(await frameOf(shapeIn(ben, 'Rose diamond'))).toBe(diamond)
  await box.focus()
  await page.keyboard.press('ControlOrMeta+Shift+z')
  await expectPage.poll(() => frameOf(boxThere)).toBe(held)
  await page.keyboard.press('ControlOrMeta+z')
  await expectPage.poll(() => frameOf(boxThere)).toBe(before)
  expect(await frameOf(shapeIn(ada, 'Rose diamond'))).toBe(diamond)

  // A corner is pulled to another size; what is picked comes to the front.
  await drag(ben.getByTestId('corner'), 50, 30)
  await alike(box, boxThere)
  expect((await frameOf(boxThere)).split(' ').slice(0, 2)).toEqual(before.split(' ').slice(0, 2))
  expect(await frameOf(boxThere)).not.toBe(before)
  await expectPage(boxThere).toHaveCSS('z-index', '3')
  // Whoever closes the sketch is not there any more.
  await ben.getByRole('button', { name: 'Sketch', exact: true }).click()
  await expectPage(sketchIn(ada).getByRole('list', { name: 'Also here' })).toHaveCount(0)
  await expectPage(boxThere).toHaveAccessibleName('Blue box')
})

test('everything can be done from the keyboard, and the focus is never lost', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  const [ben, ada] = [await openSketch(page, 'ben'), await openSketch(page, 'ada')]
  const focused = () => page.locator(':focus').getAttribute('aria-label')
  await sketchIn(ben).getByRole('radio', { name: 'teal' }).check()
  await toolIn(ben, 'Add a circle').focus()
  await page.keyboard.press('Enter')
  await expectPage(shapesIn(ada)).toHaveCount(5)
  expect(await focused()).toBe('Teal circle')
  await expectPage(shapeIn(ada, 'Teal circle')).toHaveAccessibleName('Teal circle, chosen by Ben')
  // In the order in which they came, whichever is in front.
  await page.keyboard.press('Shift+Tab')
  expect(await focused()).toBe('Teal box')
  const order = ['Rose diamond', 'Amber circle', 'Blue box']
  for (const name of order) {
    await page.keyboard.press('Enter')
    await page.keyboard.press('Shift+Tab')
    expect(await focused()).toBe(name)
  }
  // The one that the key was pressed on last.
  await expectPage(shapeIn(ada, 'Amber circle')).toHaveCSS('z-index', '4')
  const box = shapeIn(ben, 'Blue box')
  const left = () => box.evaluate(({ style }) => Number.parseFloat(style.left))
  const at = await left()
  await page.keyboard.press('ArrowRight')
  expect(await left()).toBeCloseTo(at + 1.25)
  await page.keyboard.press('Shift+ArrowRight')
  expect(await left()).toBeCloseTo(at + 7.5)
  const size = await frameOf(box)
  await page.keyboard.press('+')
  expect(await frameOf(box)).not.toBe(size)
  await page.keyboard.press('-')
  expect(await frameOf(box)).toBe(size)
  await alike(box, shapeIn(ada, 'Blue box'))
  await sketchIn(ben).getByRole('radio', { name: 'rose' }).check()
  await expectPage(shapeIn(ada, 'Rose box')).toHaveCount(1)

  await shapeIn(ben, 'Rose box').focus()
  await page.keyboard.press('Delete')
  await expectPage(shapesIn(ada)).toHaveCount(4)
  expect(await focused()).toBe('Amber circle')
  await page.keyboard.press('ControlOrMeta+z')
  await expectPage(shapeIn(ada, 'Rose box')).toHaveCount(1)
  // What somebody else deletes takes the focus away from nobody who has it in the sketch.
  await page.keyboard.press('Backspace')
  await shapeIn(ben, 'Teal circle').focus()
  const other = await board.open(`${roomOf(page)}&view=single&left=chloe`, desktop)
  const chloe = await openSketch(other, 'chloe')
  await shapeIn(chloe, 'Teal circle').focus()
  await other.keyboard.press('Delete')
  await expectPage(shapesIn(ben)).toHaveCount(3)
  await expectPage(ben.getByTestId('surface')).toBeFocused()
})

test('who may draw follows the board, at once; who may not looks on and points', async () => {
  const page = await board.open('view=split&left=ada&right=ben', desktop)
  const [ada, ben] = [await openSketch(page, 'ada'), await openSketch(page, 'ben')]
  const box = shapeIn(ben, 'Blue box')
  await drag(box, 20, 20)
  await expectPage(toolIn(ben, 'Undo')).toHaveAttribute('aria-disabled', 'false')
  const before = await frameOf(box)
  await setRoleOfBen(ada, 'viewer')
  await expectPage(stateIn(ben)).toHaveText('Read-only')
  await expectPage(sketchIn(ben).getByRole('button')).toHaveCount(0)
  await expectPage(sketchIn(ben).getByRole('img')).toHaveCount(4)
  await drag(box, 60, 0)
  expect(await frameOf(box)).toBe(before)
  await expectPage(pointerIn(ada)).toHaveText('Ben')
  await drag(shapeIn(ada, 'Rose diamond'), 20, 0)
  await alike(shapeIn(ada, 'Rose diamond'), shapeIn(ben, 'Rose diamond'))

  await setRoleOfBen(ada, 'member')
  await expectPage(toolIn(ben, 'Undo')).toBeVisible()
  await drag(box, 60, 0)
  await alike(box, shapeIn(ada, 'Blue box'))
  expect(await frameOf(box)).not.toBe(before)

  // What was drawn offline, and may not be any more, is taken back, and it is said why.
  const there = await frameOf(box)
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await drag(box, 0, -40)
  await expectPage(stateIn(ben)).toHaveText(/Offline\s*Not saved/)
  await setRoleOfBen(ada, 'viewer')
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(ben.getByTestId('toast')).toContainText('Ben may not draw this')
  await expectPage.poll(() => frameOf(box)).toBe(there)
  await expectPage(stateIn(ben)).toHaveText('Read-only')
})

test('a shape that is deleted while somebody drags it is let go of, and so is one that they may not draw any more', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const ben = await openSketch(page, 'ben')
  const other = await board.open(`${roomOf(page)}&view=single&left=ada`, desktop)
  const ada = await openSketch(other, 'ada')
  await pull(shapeIn(ben, 'Teal box'), 20, 0)
  await shapeIn(ada, 'Teal box').focus()
  await other.keyboard.press('Delete')
  await expectPage(shapesIn(ben)).toHaveCount(3)
  await expectPage(ben.getByTestId('surface')).toBeFocused()
  await page.mouse.move(0, 0)
  await page.mouse.up()

  const box = shapeIn(ben, 'Blue box')
  const before = await frameOf(box)
  await pull(box, 20, 0)
  await alike(box, shapeIn(ada, 'Blue box'))
  const held = await frameOf(box)
  expect(held).not.toBe(before)
  await setRoleOfBen(ada, 'viewer')
  await expectPage(stateIn(ben)).toHaveText('Read-only')
  await page.mouse.move(0, 0)
  await page.mouse.up()
  expect([await frameOf(box), await frameOf(shapeIn(ada, 'Blue box'))]).toEqual([held, held])
  // What was done until then is a step of its own, once one may again.
  await setRoleOfBen(ada, 'member')
  await toolIn(ben, 'Undo').click()
  await expectPage.poll(() => frameOf(shapeIn(ada, 'Blue box'))).toBe(before)
})

test('offline one draws on, unseen; on return it is merged and saved', async () => {
  const page = await board.open('view=split&left=ben&right=chloe', desktop)
  const [ben, chloe] = [await openSketch(page, 'ben'), await openSketch(page, 'chloe')]
  const hereIn = (pane: Locator) => sketchIn(pane).getByRole('list', { name: 'Also here' })
  await expectPage(hereIn(chloe)).toContainText('Ben')
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(stateIn(ben)).toHaveText('Offline')
  await expectPage(hereIn(chloe)).toHaveCount(0)
  const before = await frameOf(shapeIn(chloe, 'Blue box'))
  await drag(shapeIn(ben, 'Blue box'), 40, 20)
  await toolIn(ben, 'Add a diamond').click()
  // Also with the sketch closed in between.
  await ben.getByRole('button', { name: 'Sketch', exact: true }).click()
  await drag(shapeIn(chloe, 'Rose diamond'), -40, 20)
  await expectPage(stateIn(chloe)).toHaveText('Saved')
  expect(await frameOf(shapeIn(chloe, 'Blue box'))).toBe(before)
  await openSketch(page, 'ben', 5)
  await expectPage(stateIn(ben)).toHaveText(/Offline\s*Not saved/)
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(shapesIn(chloe)).toHaveCount(5)
  await expectPage(stateIn(ben)).toHaveText('Saved')
  for (const name of ['Blue box', 'Rose diamond', 'Blue diamond']) await alike(shapeIn(chloe, name), shapeIn(ben, name))
  expect(await frameOf(shapeIn(chloe, 'Blue box'))).not.toBe(before)
  await expectPage(hereIn(chloe)).toContainText('Ben')
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in the sketch, ${colorScheme}`, async () => {
    const page = await board.open('view=split&left=ben&right=viewer', { ...desktop, colorScheme })
    const [ben, viewer] = [await openSketch(page, 'ben'), await openSketch(page, 'viewer')]
    await shapeIn(ben, 'Teal box').click()
    await expectPage(shapeIn(viewer, 'Teal box')).toHaveAccessibleName('Teal box, chosen by Ben')
    await expectPage(pointerIn(viewer)).toHaveText('Ben')
    expect(await violationsOf(page)).toEqual([])
  })
}

test('nothing of it sticks out on windows that are high, low, wide and narrow', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  await openSketch(page, 'ben')
  for (const [width, height] of [
    [1400, 1000],
    [1920, 1400],
    [1100, 1200],
    [1280, 600],
    [700, 1000],
  ] as const) {
    await page.setViewportSize({ width, height })
    expect(await sticksOutOf(page), `${width} x ${height}`).toEqual([])
  }
})

test('a finger draws at a width of 320 px: nothing sticks out, everything is large enough, and the page stays', async () => {
  const page = await board.open('view=single&left=ben', narrow)
  const other = await board.open(`${roomOf(page)}&view=single&left=ada`, desktop)
  const [ben, ada] = [await openSketch(page, 'ben'), await openSketch(other, 'ada')]
  const box = shapeIn(ben, 'Blue box')
  const before = await frameOf(box)
  await box.scrollIntoViewIfNeeded()
  const scrolled = await page.evaluate(() => scrollY)
  const { x, y, width, height } = (await box.boundingBox())!
  const finger = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', right = 0, down = 0) =>
    finger.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: x + width / 2 + right, y: y + height / 2 + down }],
    })
  await touch('touchStart')
  for (const step of [10, 20, 30, 40]) await touch('touchMove', step, -step / 2)
  await expectPage(pointerIn(ada)).toHaveText('Ben')
  await touch('touchEnd')
  await expectPage(pointerIn(ada)).toHaveCount(0)
  expect(await frameOf(box)).not.toBe(before)
  await alike(box, shapeIn(ada, 'Blue box'))
  expect(await page.evaluate(() => scrollY)).toBe(scrolled)

  await drag(shapeIn(ada, 'Amber circle'), 300, 300)
  await expectPage(stateIn(ada)).toHaveText('Saved')
  expect(await sticksOutOf(page)).toEqual([])
  expect(await violationsOf(page)).toEqual([])
  const sizes = await sizesOf(sketchIn(ben).locator('button, label, [role=button]'))
  expect(sizes.length).toBe(14)
  expect(sizes.filter(({ size }) => size < 43.5)).toEqual([])
})
