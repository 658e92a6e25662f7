import { type Browser, type BrowserContext, chromium, type Page } from 'playwright'
import { expect } from 'vitest'
import { chromiumArguments, findChromium } from '../support/chromium.ts'
import { tokenFor } from '../support/users.ts'

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: chromiumArguments })
}

/** A page of a browser of its own, and what was said and sent on it. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What stands on the console as a warning or an error, and what was thrown. */
  readonly said: string[]
  /** The frames to and from rooms. */
  readonly sent: string[]
  readonly heard: string[]
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
  const said: string[] = []
  const sent: string[] = []
  const heard: string[] = []
  page.on('console', (message) => ['warning', 'error'].includes(message.type()) && said.push(message.text()))
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/ws/')) return
    socket.on('framesent', ({ payload }) => sent.push(String(payload)))
    socket.on('framereceived', ({ payload }) => heard.push(String(payload)))
  })
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
  return { context, page, said, sent, heard, release }
}

export async function signIn(context: BrowserContext, url: string, user: string): Promise<void> {
  await context.addCookies([
    { name: 'session', value: await tokenFor(user), url: new URL(url).origin, httpOnly: true, sameSite: 'Lax' },
  ])
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
