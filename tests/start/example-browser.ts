import type { Browser, BrowserContext, Page, Request } from 'playwright'
import { expect } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type Heard, listen, signIn } from './visit.ts'

/** A page of the example in a browser of its own. */
export interface Visit extends Heard {
  readonly context: BrowserContext
  readonly page: Page
  /** What went to server functions, and what documents were asked for. */
  readonly calls: Request[]
  readonly documents: Request[]
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
  return launchChromium({ ignoreDefaultArgs: ['--disable-back-forward-cache'] })
}

/** Visits a page of the app at `base`. With JavaScript it waits until the page is hydrated and the room has greeted it. */
export async function visit(
  browser: Browser,
  base: string,
  path: string,
  { user, js = true, viewport = { width: 1280, height: 800 } }: VisitOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ javaScriptEnabled: js, viewport })
  if (user !== undefined) await signIn(context, base, user)
  const page = await context.newPage()
  // Chromium speaks of every answer of this kind.
  const record = listen(page, (text) => text.includes('the server responded with a status of 422'))
  const { heard } = record
  const [calls, documents]: [Request[], Request[]] = [[], []]
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/_server') calls.push(request)
    if (request.isNavigationRequest()) documents.push(request)
  })
  const go = async (path: string): Promise<void> => {
    const before = greetings(heard)
    await page.goto(base + path)
    if (js) await expect.poll(() => greetings(heard), { timeout: 20_000 }).toBeGreaterThan(before)
  }
  await go(path)
  return { context, page, ...record, calls, documents, go }
}

/** What was asked of the room with this in it. */
export function asked({ sent }: Visit, text: string): string[] {
  return sent.filter((frame) => frame.includes('core.subscribe') && frame.includes(text))
}

function greetings(heard: readonly string[]): number {
  return heard.filter((frame) => frame.includes('"user.info"')).length
}
