import type { Browser, BrowserContext, Page } from 'playwright'
import { expect } from 'vitest'
import { tokenFor } from '../support/users.ts'

/** What happens on a page from now on. */
export interface Heard {
  /** What stands on the console as a warning or an error, and what was thrown. */
  readonly said: string[]
  /** The frames to and from rooms. */
  readonly sent: string[]
  readonly heard: string[]
}

/** Listens to a page; what is `expected` on its console is left out. */
export function listen(page: Page, expected: (text: string) => boolean = () => false): Heard {
  const record: Heard = { said: [], sent: [], heard: [] }
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type()) && !expected(message.text())) record.said.push(message.text())
  })
  page.on('pageerror', (error) => record.said.push(String(error)))
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/ws/')) return
    socket.on('framesent', ({ payload }) => record.sent.push(String(payload)))
    socket.on('framereceived', ({ payload }) => record.heard.push(String(payload)))
  })
  return record
}

/** A page of a browser of its own. */
export interface Visit extends Heard {
  readonly context: BrowserContext
  readonly page: Page
  /** Lets the scripts of the app come, which are held back until then. */
  readonly release: () => void
}

/** What the page tells of itself. */
declare global {
  interface Window {
    /** The elements that the server has made. */
    made?: Element[]
  }
}

/** Visits a page as a user, or as a visitor. With `holds` its scripts do not come before they are released. */
export async function visit(
  browser: Browser,
  url: string,
  { user, holds = false, js = true }: { user?: string | undefined; holds?: boolean; js?: boolean } = {},
): Promise<Visit> {
  const context = await browser.newContext({ javaScriptEnabled: js })
  if (user !== undefined) await signIn(context, url, user)
  const page = await context.newPage()
  const record = listen(page)
  let release = (): void => {}
  if (holds) {
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route(/\.(js|tsx?|mjs)(\?|$)|\/@/, async (route) => {
      await released
      await route.continue()
    })
  }
  await page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => {
      window.made = [...document.querySelectorAll('#app *:not(script, template)')]
    })
  })
  await page.goto(url, { waitUntil: 'commit' })
  return { context, page, ...record, release }
}

export async function signIn(context: BrowserContext, url: string, user: string): Promise<void> {
  await giveSession(context, url, await tokenFor(user))
}

/** The cookie as the example sets it, whatever is in it. */
export async function giveSession(context: BrowserContext, url: string, value: string): Promise<void> {
  const { origin } = new URL(url)
  await context.addCookies([{ name: 'session', value, url: origin, httpOnly: true, secure: true, sameSite: 'Lax' }])
}

/** Waits until the room has answered so many questions of a page. */
export async function answered({ heard }: Visit, questions: number): Promise<void> {
  const answers = () => heard.filter((text) => /core\.query_result|core\.error/.test(text)).length
  await expect.poll(answers, { timeout: 30_000 }).toBe(questions)
}

/** The elements of the server that are not on the page any more. */
export function lost({ page }: Visit): Promise<string[]> {
  return page.evaluate(() => window.made!.filter((each) => !each.isConnected).map((each) => each.outerHTML))
}

/** The page as text, element by element. */
export function textOf({ page }: Visit): Promise<string> {
  return page.locator('#app').innerText()
}
