import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Locator, Page } from 'playwright'
import { expect as expectPage } from 'playwright/test'
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest'
import { asked, launch, type Visit, type VisitOptions, visit } from './example-browser.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
})

/** The pages of the running test; none of them may have complained. */
let visits: Visit[] = []
afterEach(async () => {
  const said = visits.flatMap((each) => each.said)
  for (const { context } of visits) await context.close()
  visits = []
  expect(said).toEqual([])
})

/** A page that is not there was asked for, which Chromium says as well. */
function expectMissing(): void {
  for (const { said } of visits) {
    const others = said.filter((text) => !text.includes('the server responded with a status of 404'))
    said.splice(0, said.length, ...others)
  }
}

// The room is that of all tests: what one looks for has a name that no other has.
const title = (): string => `Task ${crypto.randomUUID().slice(0, 8)}`
const someone = (): string => `user-${crypto.randomUUID().slice(0, 8)}`

const rowOf = (page: Page, name: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) })
const titleField = (page: Page): Locator => page.getByLabel('Title')
const addButton = (page: Page): Locator => page.getByRole('button', { name: 'Add task' })

async function fillIn(page: Page, name: string, visibility: 'private' | 'public' = 'private'): Promise<void> {
  await titleField(page).fill(name)
  await page.getByLabel('Who may read it').selectOption(visibility)
}

async function add(page: Page, name: string, visibility?: 'private' | 'public'): Promise<void> {
  await fillIn(page, name, visibility)
  await addButton(page).click()
  await expectPage(rowOf(page, name)).toBeVisible()
  // The row may come over the socket before the answer has.
  await expectPage(titleField(page)).toHaveValue('')
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

describe.each([
  ['as it is developed', 'startDev'],
  ['as it is built', 'startBuilt'],
] as const)('the example, %s', (_, served) => {
  const base = inject(served)
  const open = async (path: string, options?: VisitOptions): Promise<Visit> => {
    const opened = await visit(browser, base, path, options)
    visits.push(opened)
    return opened
  }
  const pathOf = (page: Page): string => page.url().slice(base.length)

  describe('without JavaScript', () => {
    test('the list is there, the form adds to it, and what is refused stays in the form with its reason', async () => {
      const name = title()
      const { page } = await open('/', { user: someone(), js: false })
      await add(page, name, 'public')
      expect(pathOf(page)).toBe('/')
      await expectPage(titleField(page)).toHaveValue('')
      await expectPage(page.locator('form [role=status]')).toHaveText('Added')

      await fillIn(page, 'x'.repeat(121), 'public')
      await addButton(page).click()
      await expectPage(page.getByText('At most 120 characters')).toBeVisible()
      await expectPage(titleField(page)).toHaveValue('x'.repeat(121))
      await expectPage(titleField(page)).toHaveAttribute('aria-invalid', 'true')
      await expectPage(page.getByLabel('Who may read it')).toHaveValue('public')

      // The answer to a form is shown once.
      await page.reload()
      await expectPage(titleField(page)).toHaveValue('')
      const { page: other } = await open('/', { js: false })
      await expectPage(rowOf(other, name)).toBeVisible()
    })

    test('a form that is sent twice writes once', async () => {
      const name = title()
      const { page, context, calls } = await open('/', { user: someone(), js: false })
      await add(page, name)
      const [sent] = calls
      const again = await context.request.post(sent!.url(), {
        data: sent!.postData()!,
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: base },
        maxRedirects: 0,
      })
      expect(again.status()).toBe(302)
      await page.goto(base)
      await expectPage(rowOf(page, name)).toHaveCount(1)
    })

    test('one signs in and out by forms, and the back button shows no private row', async () => {
      const [name, user] = [title(), someone()]
      const { page } = await open('/', { js: false })
      await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click()
      await signIn(page, user)
      await expectPage(page.getByRole('banner')).toContainText(user)
      await add(page, name)
      await page.getByRole('link', { name }).click()
      await expectPage(page.getByRole('heading', { name })).toBeVisible()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await expectPage(page.getByRole('banner')).not.toContainText(user)
      await expectPage(rowOf(page, name)).toHaveCount(0)
      for (const heading of ['No such task', 'Tasks']) {
        await page.goBack()
        await expectPage(page.getByRole('heading', { name: heading, exact: true })).toBeVisible()
        await expectPage(page.getByText(name)).toHaveCount(0)
      }
      expectMissing()
    })

    test('the page of members sends a visitor to the sign-in and back, and is gone for who has signed out', async () => {
      const user = someone()
      const { page } = await open('/mine', { js: false })
      expect(pathOf(page)).toBe('/sign-in?to=%2Fmine')
      await signIn(page, user)
      await expectPage(page.getByRole('heading', { name: `Tasks of ${user}` })).toBeVisible()
      expect(pathOf(page)).toBe('/mine')
      // Chromium keeps a page that a sign-in has led to at once, and often does not see that its cookie has gone.
      await page.getByRole('link', { name: 'Tasks', exact: true }).click()
      await page.getByRole('link', { name: 'Mine' }).click()
      await expectPage(page.getByRole('heading', { name: `Tasks of ${user}` })).toBeVisible()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await expectPage(page.getByRole('heading', { name: 'Tasks', exact: true })).toBeVisible()
      await page.goBack()
      await expectPage(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
      await expectPage(page.getByText(`Tasks of ${user}`)).toHaveCount(0)
    })

    test('nobody signs in by a name that is none, and the reason is said', async () => {
      const { page } = await open('/sign-in', { js: false })
      for (const [name, reason] of [
        ['', 'Enter a name'],
        ['system', 'This name is taken'],
        ['Anon-1', 'This name is taken'],
        ['n'.repeat(41), 'At most 40 characters'],
        ['<b>', 'Letters, digits, spaces'],
      ] as const) {
        await signIn(page, name)
        await expectPage(page.getByRole('alert').filter({ hasText: reason })).toBeVisible()
        await expectPage(page.getByLabel('Your name')).toHaveValue(name)
      }
      await expectPage(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0)
    })

    test('a sign-in leads to pages of the app alone', async () => {
      const { page } = await open('/sign-in', { js: false })
      for (const to of ['https://example.com/', '//example.com/', '/\\example.com/', 'javascript:alert(1)']) {
        await page.goto(`${base}/sign-in?to=${encodeURIComponent(to)}`)
        await signIn(page, someone())
        await expectPage(page.getByRole('heading', { name: 'Tasks' })).toBeVisible()
        expect(pathOf(page)).toBe('/')
      }
    })

    test('a task that one may not read is not found, as one that is not there', async () => {
      const name = title()
      const { page } = await open('/', { user: someone(), js: false })
      await add(page, name)
      const path = await page.getByRole('link', { name }).getAttribute('href')
      expect((await page.goto(base + path))!.status()).toBe(200)
      await expectPage(page.getByRole('heading', { name })).toBeVisible()
      const { page: other } = await open('/', { js: false })
      expect((await other.goto(base + path))!.status()).toBe(404)
      await expectPage(other.getByRole('heading', { name: 'No such task' })).toBeVisible()
      expectMissing()
    })
  })

  describe('with JavaScript', () => {
    test('the form adds by one request, says that it is on the way, and what is refused stays in it', async () => {
      const name = title()
      const { page, calls, documents } = await open('/', { user: someone() })
      const held = Promise.withResolvers<void>()
      await page.route('**/_server', async (route) => {
        await held.promise
        await route.continue()
      })
      const id = await page.locator('input[name=id]').inputValue()
      await fillIn(page, name)
      await addButton(page).click()
      await expectPage(page.getByRole('button', { name: 'Adding…' })).toBeDisabled()
      held.resolve()
      await expectPage(rowOf(page, name)).toBeVisible()
      await expectPage(titleField(page)).toHaveValue('')
      await expectPage(titleField(page)).toBeFocused()
      expect(calls).toHaveLength(1)
      // The next one is another task.
      expect(await page.locator('input[name=id]').inputValue()).not.toBe(id)

      await titleField(page).fill('  ')
      await addButton(page).click()
      await expectPage(page.getByText('A task needs a title')).toBeVisible()
      await expectPage(titleField(page)).toHaveValue('  ')
      await add(page, title())
      await expectPage(page.getByText('A task needs a title')).toHaveCount(0)
      expect(calls).toHaveLength(3)
      expect(documents).toHaveLength(1)
    })

    test('a form that is sent twice writes once', async () => {
      const name = title()
      const { page, calls } = await open('/', { user: someone() })
      await fillIn(page, name)
      await page.locator('main form').evaluate((form: HTMLFormElement) => {
        form.requestSubmit()
        form.requestSubmit()
      })
      await expectPage(titleField(page)).toHaveValue('')
      await expectPage(addButton(page)).toBeEnabled()
      const ids = calls.map((call) => new URLSearchParams(call.postData()!).get('id'))
      expect(ids).toHaveLength(2)
      expect(new Set(ids).size).toBe(1)
      for (const call of calls) expect((await call.response())!.status()).toBe(200)
      await page.reload()
      await expectPage(rowOf(page, name)).toHaveCount(1)
    })

    test('what is sent before the scripts are there is answered, and hydrated, with its error', async () => {
      const { page, documents } = await open('/', { user: someone() })
      const held = Promise.withResolvers<void>()
      await page.route(/\.(js|tsx?|mjs)(\?|$)|\/@/, async (route) => {
        await held.promise
        await route.continue()
      })
      await page.goto(base, { waitUntil: 'commit' })
      await titleField(page).fill('  ')
      await addButton(page).click()
      await expectPage(page.getByText('A task needs a title')).toBeVisible()
      const live = page.waitForEvent('websocket', (socket) => socket.url().includes('/ws/'))
      held.resolve()
      await live
      await expectPage(page.getByText('A task needs a title')).toBeVisible()
      await expectPage(titleField(page)).toHaveValue('  ')
      const loads = documents.length
      await add(page, title())
      await expectPage(page.getByText('A task needs a title')).toHaveCount(0)
      expect(documents).toHaveLength(loads)
    })

    test('who signs in reads what is theirs, without another document', async () => {
      const [name, user] = [title(), someone()]
      const { page: elsewhere } = await open('/', { user })
      await add(elsewhere, name)
      const { page, calls, documents } = await open('/')
      await expectPage(rowOf(page, name)).toHaveCount(0)
      await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click()
      await signIn(page, user)
      await expectPage(rowOf(page, name)).toBeVisible()
      await expectPage(page.getByRole('banner')).toContainText(user)
      await expectPage(page.getByRole('checkbox', { name: `Done: ${name}` })).toBeEnabled()
      expect(documents).toHaveLength(1)
      // Who is signed in comes with the answer.
      expect(calls).toHaveLength(1)
    })

    test('rows of who has signed out go at once, on no way do they come back, and the page stays live', async () => {
      const [name, user] = [title(), someone()]
      const here = await open('/', { user })
      const { page } = here
      await add(page, name)
      // A document of its own, which the browser may keep.
      await here.go('/overview')
      await page.getByRole('link', { name: 'Tasks', exact: true }).click()
      await expectPage(rowOf(page, name)).toBeVisible()
      const before = here.heard.length
      await page.getByRole('button', { name: 'Sign out' }).click()
      // In the frame that shows that nobody is signed in, the rows are gone.
      const shown = await page.waitForFunction(
        (text) =>
          document.querySelector('header a[href="/sign-in"]') && { row: document.body.innerText.includes(text) },
        name,
      )
      expect(await shown.jsonValue()).toEqual({ row: false })

      const publicName = title()
      const { page: elsewhere } = await open('/', { user: someone() })
      await add(elsewhere, publicName, 'public')
      await expectPage(rowOf(page, publicName)).toBeVisible()
      // By now the room has answered the visitor.
      expect(here.heard.slice(before).filter((frame) => frame.includes(name))).toEqual([])
      for (const heading of ['Overview', 'Tasks']) {
        await page.goBack()
        await expectPage(page.getByRole('heading', { name: heading, exact: true })).toBeVisible()
        await expectPage(page.getByRole('banner').getByRole('link', { name: 'Sign in' })).toBeVisible()
        await expectPage(page.getByText(name)).toHaveCount(0)
      }
    })

    test('another user who signs in sees nothing of the one before', async () => {
      const [name, first, second] = [title(), someone(), someone()]
      const { page, documents } = await open('/', { user: first })
      await add(page, name)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click()
      await signIn(page, second)
      const own = title()
      await add(page, own)
      await expectPage(page.getByRole('checkbox', { name: `Done: ${own}` })).toBeEnabled()
      await expectPage(page.getByText(name)).toHaveCount(0)
      await page.getByRole('link', { name: 'Mine' }).click()
      await expectPage(page.getByRole('heading', { name: `Tasks of ${second}` })).toBeVisible()
      await expectPage(page.getByRole('listitem').filter({ has: page.getByRole('checkbox') })).toHaveCount(1)
      expect(documents).toHaveLength(1)
    })

    test('the page of members sends a visitor to the sign-in and back, without another document', async () => {
      const user = someone()
      const { page, documents } = await open('/')
      await page.getByRole('link', { name: 'Mine' }).click()
      await expectPage(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
      expect(pathOf(page)).toBe('/sign-in?to=%2Fmine')
      await signIn(page, user)
      await expectPage(page.getByRole('heading', { name: `Tasks of ${user}` })).toBeVisible()
      expect(pathOf(page)).toBe('/mine')
      expect(documents).toHaveLength(1)
    })

    test('a write of a server function appears in an open browser, and one of a browser in the next page', async () => {
      const name = title()
      const { page: reader } = await open('/')
      const { page: writer } = await open('/', { user: someone() })
      await add(writer, name, 'public')
      await expectPage(rowOf(reader, name)).toHaveAttribute('data-done', 'false')
      await writer.getByRole('checkbox', { name: `Done: ${name}` }).click()
      await expectPage(rowOf(writer, name)).toHaveAttribute('data-done', 'true')
      const { page: next } = await open('/', { js: false })
      await expectPage(rowOf(next, name)).toHaveAttribute('data-done', 'true')
      await expectPage(rowOf(reader, name)).toHaveAttribute('data-done', 'true')
    })

    test('a task that turns private or is removed leaves other pages at once; a visitor can do neither', async () => {
      const name = title()
      const { page: reader } = await open('/')
      const { page: writer } = await open('/', { user: someone() })
      await add(writer, name, 'public')
      await expectPage(rowOf(reader, name)).toBeVisible()
      await expectPage(rowOf(reader, name).getByRole('button')).toHaveCount(0)
      await expectPage(rowOf(reader, name).getByRole('checkbox')).toBeDisabled()
      await writer.getByRole('button', { name: `Public: ${name}` }).click()
      await expectPage(rowOf(reader, name)).toHaveCount(0)
      await writer.getByRole('button', { name: `Private: ${name}` }).click()
      await expectPage(rowOf(reader, name)).toBeVisible()
      await writer.getByRole('button', { name: `Remove: ${name}` }).click()
      await expectPage(rowOf(reader, name)).toHaveCount(0)
      await expectPage(rowOf(writer, name)).toHaveCount(0)
    })

    test('to hover over a link asks what its page shows, and the click does not ask again', async () => {
      const name = title()
      const here = await open('/', { user: someone() })
      const { page } = here
      await add(page, name)
      const id = (await page.getByRole('link', { name }).getAttribute('href'))!.split('/').at(-1)!
      expect(asked(here, id)).toEqual([])
      await page.getByRole('link', { name }).hover()
      await expect.poll(() => asked(here, id)).toHaveLength(1)
      const { subscriptionId } = (JSON.parse(asked(here, id)[0]!) as { payload: { subscriptionId: string } }).payload
      await expect
        .poll(() => here.heard.filter((f) => f.includes('core.query_result') && f.includes(`"${subscriptionId}"`)))
        .toHaveLength(1)
      await page.getByRole('link', { name }).click()
      await expectPage(page.getByRole('heading', { name })).toBeVisible()
      expect(asked(here, id)).toHaveLength(1)
    })

    test.each([
      ['hovers over a link before', (link: Locator) => link.click()],
      ['does not', (link: Locator) => link.evaluate((element: HTMLElement) => element.click())],
    ])('one goes forth and back ten times without a complaint: who %s', async (_, follow) => {
      const name = title()
      const { page, documents } = await open('/', { user: someone() })
      await add(page, name)
      for (let times = 0; times < 10; times++) {
        await follow(page.getByRole('link', { name }))
        await expectPage(page.getByRole('heading', { name })).toBeVisible()
        await page.goBack()
        await expectPage(rowOf(page, name)).toBeVisible()
        await follow(page.getByRole('link', { name: 'Overview' }))
        await expectPage(page.getByRole('heading', { name: 'Waiting longest' })).toBeVisible()
        await page.goBack()
        await expectPage(titleField(page)).toBeVisible()
      }
      await expectPage(rowOf(page, name)).toHaveCount(1)
      expect(documents).toHaveLength(1)
    })

    test('every page is hydrated as it was rendered, for a member and for a visitor', async () => {
      const name = title()
      for (const user of [someone(), undefined]) {
        const here = await open('/', user === undefined ? {} : { user })
        const { page } = here
        if (user !== undefined) await add(page, name, 'public')
        const path = (await page.getByRole('link', { name }).getAttribute('href'))!
        for (const each of ['/', path, '/overview', '/mine', '/sign-in', '/nowhere']) {
          const loads = here.documents.length
          await here.go(each)
          await expectPage(page.locator('main h1')).toBeVisible()
          if (each === '/overview') await expectPage(page.getByRole('heading', { name: 'Done last' })).toBeVisible()
          expect(here.documents.length - loads).toBeLessThanOrEqual(2)
        }
      }
      expectMissing()
    })
  })

  test.each([true, false])('a page that says to nobody where it is may send its form (JavaScript: %s)', async (js) => {
    const name = title()
    const { page, calls } = await open('/test/no-referrer?room=tasks', { user: someone(), js })
    await fillIn(page, name)
    await addButton(page).click()
    await expectPage(page.locator('form [role=status]')).toHaveText('Added')
    expect(await calls[0]!.headerValue('referer')).toBe(null)
    await page.goto(base)
    await expectPage(rowOf(page, name)).toHaveCount(1)
  })
})

test.each([
  ['a phone', 390, 'light'],
  ['a narrow phone', 320, 'dark'],
  ['a desktop', 1280, 'dark'],
] as const)(
  'on %s nothing is wider than the page, and axe finds nothing (%i px, %s)',
  async (_, width, colorScheme) => {
    const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
    const here = await visit(browser, inject('startBuilt'), '/', { user: someone(), viewport: { width, height: 800 } })
    visits.push(here)
    const { page } = here
    await page.emulateMedia({ colorScheme })
    await add(page, title())
    await titleField(page).fill('x'.repeat(121))
    await addButton(page).click()
    await expectPage(page.getByText('At most 120 characters')).toBeVisible()
    for (const path of [undefined, '/overview', '/mine', '/sign-in']) {
      if (path !== undefined) await here.go(path)
      if (path === '/overview') await expectPage(page.getByRole('heading', { name: 'Done last' })).toBeVisible()
      await page.addScriptTag({ path: axe })
      const found = await page.evaluate(async () => {
        const { violations } = await (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run()
        const { scrollWidth, clientWidth } = document.documentElement
        return {
          tooWide: scrollWidth - clientWidth,
          violations: violations.map(({ id, nodes }) => [id, nodes[0]!.html]),
        }
      })
      expect({ path, ...found }).toEqual({ path, tooWide: 0, violations: [] })
    }
  },
)

test('the example compiles', () => {
  const { stdout, status } = spawnSync('tsc', ['-p', inject('startApp')], { encoding: 'utf8' })
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
})
