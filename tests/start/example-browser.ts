import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright'
import { expect } from 'vitest'
import { chromiumArguments, findChromium } from '../support/chromium.ts'
import { tokenFor } from '../support/users.ts'

/** A page of the example in a browser of its own, and what was said and sent on it. */
export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** What stands on the console as a warning or an error, and what was thrown. */
  readonly said: string[]
  /** What went to server functions, and what documents were asked for. */
  readonly calls: Request[]
  readonly documents: Request[]
  /** The frames to and from the room. */
  readonly sent: string[]
  readonly heard: string[]
  /** Goes to another page of the app with a request for a document, and waits until it is live. */
  readonly go: (path: string) => Promise<void>
}

export interface VisitOptions {
  /** Who is signed in already; default a visitor. */
  readonly user?: string
  readonly js?: boolean
  readonly viewport?: { readonly width: number; readonly height: number }
}

/** A Chromium that keeps pages for its back button, as that of everybody does. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: chromiumArguments,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
}

/** Visits a page of the app at `base`. With JavaScript it waits until the page is hydrated and the room has greeted it. */
export async function visit(
  browser: Browser,
  base: string,
  path: string,
  { user, js = true, viewport = { width: 1280, height: 800 } }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ javaScriptEnabled: js, viewport })
  if (user !== undefined) {
    const value = await tokenFor(user)
    await context.addCookies([{ name: 'session', value, url: base, httpOnly: true, secure: true, sameSite: 'Lax' }])
  }
  const page = await context.newPage()
  const [said, sent, heard]: [string[], string[], string[]] = [[], [], []]
  const [calls, documents]: [Request[], Request[]] = [[], []]
  page.on('console', (message) => {
    // Chromium speaks of every answer of this kind.
    const isOfForm = message.text().includes('the server responded with a status of 422')
    if (['warning', 'error'].includes(message.type()) && !isOfForm) said.push(message.text())
  })
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/_server') calls.push(request)
    if (request.isNavigationRequest()) documents.push(request)
  })
  page.on('websocket', (socket) => {
    if (!socket.url().includes('/ws/')) return
    socket.on('framesent', ({ payload }) => sent.push(String(payload)))
    socket.on('framereceived', ({ payload }) => heard.push(String(payload)))
  })
  const go = async (path: string): Promise<void> => {
    const before = greetings(heard)
    await page.goto(base + path)
    if (js) await expect.poll(() => greetings(heard), { timeout: 20_000 }).toBeGreaterThan(before)
  }
  await go(path)
  return { context, page, said, calls, documents, sent, heard, go }
}

/** What was asked of the room with this in it. */
export function asked({ sent }: Visit, text: string): string[] {
  return sent.filter((frame) => frame.includes('core.subscribe') && frame.includes(text))
}

function greetings(heard: readonly string[]): number {
  return heard.filter((frame) => frame.includes('"user.info"')).length
}
