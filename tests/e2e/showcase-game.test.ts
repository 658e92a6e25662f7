import { expect as expectPage, type Locator, type Page } from 'playwright/test'
import { expect, test } from 'vitest'
import { sizesOf, sticksOutOf, violationsOf } from './accessibility.ts'
import { desktop, narrow, paneOf, roomOf, serveBoard } from './board.ts'

// Here a round is won with nine points: three stars.
const board = serveBoard({ small: true })

const gameIn = (pane: Locator): Locator => pane.getByTestId('game')
const fieldIn = (pane: Locator): Locator => pane.getByTestId('field')
const curtainIn = (pane: Locator): Locator => pane.getByTestId('curtain')
const buttonIn = (pane: Locator, name: string): Locator => gameIn(pane).getByRole('button', { name, exact: true })
const discIn = (pane: Locator, user: string): Locator => pane.locator(`[data-testid=disc][data-who=${user}]`)
const starIn = (pane: Locator): Locator => pane.getByTestId('star')
const playerIn = (pane: Locator, name: string): Locator =>
  gameIn(pane).getByRole('list', { name: 'Players' }).getByRole('listitem').filter({ hasText: name })
const stateIn = (pane: Locator): Locator => pane.getByTestId('game-state')

/** Where something is on its field. */
const placeOf = (thing: Locator): Promise<string> => thing.evaluate(({ style: { left, top } }) => `${left} ${top}`)
const pointsOf = async (pane: Locator, name: string): Promise<number> =>
  Number.parseInt(await playerIn(pane, name).getByTestId('points').innerText(), 10)

/** Opens the game in the pane of somebody. */
async function openGame(page: Page, user: string): Promise<Locator> {
  const pane = paneOf(page, user)
  await pane.getByRole('button', { name: 'Game', exact: true }).click()
  await expectPage(stateIn(pane)).toHaveText(/In your seat|Watching|left/)
  return pane
}

/** Presses on something that lies on the field. */
async function pressOn(pane: Locator, thing: Locator): Promise<void> {
  const [field, { x, y, width, height }] = [(await fieldIn(pane).boundingBox())!, (await thing.boundingBox())!]
  await fieldIn(pane).click({ position: { x: x + width / 2 - field.x, y: y + height / 2 - field.y } })
}

/** Has somebody take their star. */
async function takeStar(pane: Locator, name: string): Promise<void> {
  const before = await pointsOf(pane, name)
  await pressOn(pane, starIn(pane))
  await expectPage.poll(() => pointsOf(pane, name), { timeout: 15_000 }).toBeGreaterThanOrEqual(before + 3)
}

async function setRoleOfBen(ada: Locator, role: string): Promise<void> {
  const page = ada.page()
  await ada.getByRole('button', { name: 'People' }).click()
  await page.getByRole('combobox', { name: 'Role of Ben' }).selectOption(role)
  await page.keyboard.press('Escape')
}

test('two play and a third watches, from the first who is ready to who has won, and again', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  const other = await board.open(`${roomOf(page)}&view=single&left=viewer`, desktop)
  const ben = await openGame(page, 'ben')
  await expectPage(curtainIn(ben)).toContainText('It takes two')
  await expectPage(gameIn(ben).getByRole('button')).toHaveCount(0)
  const saidByViewer: string[] = []
  other.on('websocket', (socket) => socket.on('framesent', ({ payload }) => saidByViewer.push(String(payload))))
  const [ada, viewer] = [await openGame(page, 'ada'), await openGame(other, 'viewer')]
  await expectPage(curtainIn(viewer)).toContainText('You watch: who may write on the board may play.')

  await buttonIn(ben, 'Ready').click()
  await expectPage(playerIn(ada, 'Ben')).toContainText('ready')
  await expectPage(curtainIn(ben)).toContainText('It begins when all are ready.')
  await buttonIn(ada, 'Ready').click()
  for (const pane of [ben, ada, viewer]) {
    await expectPage(gameIn(pane).getByRole('status')).toHaveText('The round is on: first to 9')
    await expectPage(stateIn(pane)).toHaveText(/^(Watching\s*)?\d+ s left$/)
    await expectPage(pane.getByTestId('dot')).toHaveCount(6)
  }
  // A star is for its own player's eyes.
  await expectPage(starIn(ben)).toHaveCount(1)
  await expectPage(starIn(ada)).toHaveCount(1)
  await expectPage(starIn(viewer)).toHaveCount(0)
  expect(await placeOf(starIn(ben))).not.toBe(await placeOf(starIn(ada)))

  // Who has pressed a button that is gone has the keys that steer; what they do shows at once, and soon to the others.
  await expectPage(fieldIn(ada)).toBeFocused()
  const before = await placeOf(discIn(ada, 'ada'))
  await page.keyboard.down('ArrowUp')
  expect(await placeOf(discIn(ada, 'ada'))).not.toBe(before)
  for (const pane of [ben, viewer]) await expectPage.poll(() => placeOf(discIn(pane, 'ada'))).not.toBe(before)
  await page.keyboard.up('ArrowUp')
  await expectPage
    .poll(async () => (await placeOf(discIn(ada, 'ada'))) === (await placeOf(discIn(viewer, 'ada'))))
    .toBe(true)

  // Who watches says nothing, and is not led to the field.
  await fieldIn(viewer).click()
  await other.keyboard.press('ArrowLeft')
  await expectPage(fieldIn(viewer)).toHaveAttribute('tabindex', '-1')
  await expectPage(viewer.getByTestId('disc')).toHaveCount(2)

  await takeStar(ben, 'Ben')
  const readout = (pane: Locator, figure: string): Promise<number> =>
    pane
      .getByTestId(figure)
      .innerText()
      .then((text) => Number(text.replaceAll(',', '')))
  await pressOn(ada, ada.getByTestId('dot').first())
  await expectPage.poll(() => readout(ben, 'latency')).toBeGreaterThan(0)
  await expectPage.poll(() => readout(ben, 'ticks')).toBeGreaterThan(10)
  await expectPage.poll(() => readout(viewer, 'ticks')).toBeGreaterThan(10)
  // Of a game in which nobody moves one is told the seconds.
  for (const pane of [ben, viewer]) await expectPage.poll(() => readout(pane, 'bytes-in')).toBeGreaterThan(0)
  await expectPage(viewer.getByTestId('latency')).toHaveText('–')

  await takeStar(ben, 'Ben')
  await pressOn(ben, starIn(ben))
  await expectPage.poll(() => readout(ben, 'bytes-out'), { intervals: [100] }).toBeGreaterThan(0)
  for (const pane of [ben, ada, viewer]) {
    await expectPage(gameIn(pane).getByRole('status')).toHaveText(/^Ben wins with (9|1\d)/, { timeout: 15_000 })
  }
  await expectPage(gameIn(viewer).getByRole('button')).toHaveCount(0)
  expect(saidByViewer.filter((frame) => frame.includes('game.'))).toEqual([])
  await expectPage(fieldIn(ben)).toBeFocused()
  await page.keyboard.press('Tab')
  await expectPage(buttonIn(ben, 'Again')).toBeFocused()
  await page.keyboard.press('Enter')
  await expectPage(fieldIn(ben)).toBeFocused()
  for (const pane of [ben, ada, viewer]) {
    await expectPage(stateIn(pane)).toContainText('s left')
    expect(await pointsOf(pane, 'Ben')).toBe(0)
  }
})

test('who goes offline, loads the page anew, or may not play for a while is back in their seat, with disc and points', async () => {
  const page = await board.open('view=single&left=ben', desktop)
  const other = await board.open(`${roomOf(page)}&view=single&left=ada`, desktop)
  const [ben, ada] = [await openGame(page, 'ben'), await openGame(other, 'ada')]
  await buttonIn(ada, 'Start now').click()
  await takeStar(ben, 'Ben')
  const points = await pointsOf(ada, 'Ben')
  const isBack = async () => {
    await expectPage(playerIn(ada, 'Ben')).not.toContainText('away')
    await expectPage(stateIn(ben)).toHaveText(/^\d+ s left$/)
    // On its way it may have taken something.
    expect(await pointsOf(ben, 'Ben')).toBeGreaterThanOrEqual(points)
    const before = await placeOf(discIn(ada, 'ben'))
    // Towards the middle there is room. However short it is pressed, a key moves it.
    await fieldIn(ben).focus()
    await page.keyboard.press(Number.parseFloat(before) > 50 ? 'ArrowLeft' : 'ArrowRight')
    await expectPage.poll(() => placeOf(discIn(ada, 'ben'))).not.toBe(before)
  }

  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(curtainIn(ben)).toContainText('Your disc and your points wait for you.')
  await expectPage(playerIn(ada, 'Ben')).toContainText('away')
  await expectPage(discIn(ada, 'ben')).toHaveAttribute('data-away', 'true')
  await ben.getByRole('switch', { name: 'Go offline' }).click()
  await isBack()

  await page.reload()
  await expectPage(playerIn(ada, 'Ben')).toContainText('away')
  await openGame(page, 'ben')
  await isBack()

  await setRoleOfBen(ada, 'viewer')
  await expectPage(stateIn(ben)).toHaveText(/^Watching/)
  await expectPage(starIn(ben)).toHaveCount(0)
  await expectPage(playerIn(ada, 'Ben')).toContainText('away')
  await setRoleOfBen(ada, 'member')
  await isBack()
})

test('who comes when all seats are taken watches until one is free; who plays in two pages steers in one', async () => {
  const page = await board.open('view=split&left=ben&right=ada', desktop)
  await fetch(new URL(`/spy/tight?${roomOf(page)}`, page.url()))
  const other = await board.open(`${roomOf(page)}&view=split&left=chloe&right=ben`, desktop)
  const [ben, ada] = [await openGame(page, 'ben'), await openGame(page, 'ada')]
  const chloe = await openGame(other, 'chloe')
  await expectPage(curtainIn(chloe)).toContainText('All seats are taken: you watch.')
  await expectPage(gameIn(chloe).getByRole('button')).toHaveCount(0)
  // Who closes the game leaves it.
  await ada.getByRole('button', { name: 'Game', exact: true }).click()
  await buttonIn(chloe, 'Take a seat').click()
  await expectPage(stateIn(chloe)).toHaveText('In your seat')
  await expectPage(playerIn(ben, 'Chloe')).toHaveCount(1)
  await expectPage(playerIn(ben, 'Ada')).toHaveCount(0)

  await buttonIn(ben, 'Start now').click()
  const there = await openGame(other, 'ben')
  await pressOn(ben, starIn(ben))
  await expectPage(curtainIn(ben)).toContainText('You play in another page')
  await buttonIn(ben, 'Play here').click()
  await expectPage(fieldIn(ben)).toBeFocused()
  await takeStar(ben, 'Ben')
  expect(await pointsOf(there, 'Ben')).toBe(await pointsOf(ben, 'Ben'))
})

test('axe finds nothing, before a round and in it, light and dark; nothing sticks out of windows of any size', async () => {
  const page = await board.open('view=split&left=ben&right=viewer', desktop)
  const other = await board.open(`${roomOf(page)}&view=split&left=chloe&right=dan`, desktop)
  const [ben] = [await openGame(page, 'ben'), await openGame(page, 'viewer')]
  await openGame(other, 'chloe')
  const dan = await openGame(other, 'dan')
  const isSound = async (shown: Page) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await shown.emulateMedia({ colorScheme })
      expect(await violationsOf(shown)).toEqual([])
    }
  }
  await buttonIn(ben, 'Ready').click()
  await expectPage(playerIn(dan, 'Ben')).toContainText('ready')
  await isSound(page)
  for (const [width, height] of [
    [1400, 1000],
    [1920, 1400],
    [1100, 1200],
    [1280, 600],
    [920, 700],
    [700, 1000],
  ] as const) {
    await page.setViewportSize({ width, height })
    expect(await sticksOutOf(page), `${width} x ${height}`).toEqual([])
    // What stands on the curtain has room there.
    const curtain = (await curtainIn(ben).boundingBox())!
    for (const button of await gameIn(ben).getByRole('button').all()) {
      const { y, height } = (await button.boundingBox())!
      expect(y).toBeGreaterThan(curtain.y)
      expect(y + height).toBeLessThan(curtain.y + curtain.height)
    }
  }

  await buttonIn(dan, 'Start now').click()
  await expectPage(ben.getByTestId('dot')).toHaveCount(6)
  await dan.getByRole('switch', { name: 'Go offline' }).click()
  await expectPage(playerIn(ben, 'Dan')).toContainText('away')
  await isSound(page)
  await isSound(other)
})

test('a finger steers at a width of 320 px: nothing sticks out, everything is large enough, and the page stays', async () => {
  const page = await board.open('view=single&left=ben', narrow)
  const other = await board.open(`${roomOf(page)}&view=single&left=ada`, desktop)
  const [ben, ada] = [await openGame(page, 'ben'), await openGame(other, 'ada')]
  await buttonIn(ben, 'Start now').waitFor()
  const sizes = await sizesOf(ben.locator('.toolbar, .game').locator('button, label:has(input)'))
  expect(sizes.length).toBe(11)
  expect(sizes.filter(({ size }) => size < 43.5)).toEqual([])
  expect(await sticksOutOf(page)).toEqual([])
  await buttonIn(ben, 'Start now').tap()
  await expectPage(starIn(ben)).toHaveCount(1)
  expect(await sticksOutOf(page)).toEqual([])
  expect(await violationsOf(page)).toEqual([])

  const before = await placeOf(discIn(ada, 'ben'))
  await fieldIn(ben).scrollIntoViewIfNeeded()
  const scrolled = await page.evaluate(() => scrollY)
  const { x, y, width, height } = (await fieldIn(ben).boundingBox())!
  const finger = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', right = 0, down = 0) =>
    finger.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: x + width / 2 + right, y: y + height / 2 + down }],
    })
  await touch('touchStart')
  for (const step of [10, 20, 30, 40]) await touch('touchMove', step, -step / 2)
  await touch('touchEnd')
  await expectPage.poll(() => placeOf(discIn(ada, 'ben'))).not.toBe(before)
  expect(await page.evaluate(() => scrollY)).toBe(scrolled)
})
