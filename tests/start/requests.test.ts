import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { serveBuilt } from '../support/start-app.ts'
import { tokenFor } from '../support/users.ts'
import { Wire } from '../support/wire.ts'
import { signIn } from './visit.ts'

const served = [
  ['from its sources', inject('startDev')],
  ['as it was built', inject('startBuilt')],
] as const

async function cookieOf(user: string | undefined): Promise<Record<string, string>> {
  return user === undefined ? {} : { cookie: `session=${await tokenFor(user)}` }
}

/** Writes as server code does. */
async function write(
  base: string,
  room: string,
  body: object,
  { user, as = '' }: { user?: string; as?: string } = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(`${base}/test/write?room=${room}&as=${as}`, {
    method: 'POST',
    headers: await cookieOf(user),
    body: JSON.stringify(body),
  })
  return (await response.json()) as Record<string, unknown>
}

describe.each(served)('N: a request to an app that is served %s', (_, base) => {
  // SolidStart's development server does not answer a page any more that it has once rendered in one go, whatever is on it.
  const isBuilt = base === inject('startBuilt')

  test('N1: a page asks a room once, and once more for what comes later, however much it asks', async () => {
    for (const [path, calls] of [
      ['list?ids=a,b,c', 1],
      ['list?ids=a,b,c&stream', 1],
      ['nested?ms=50', 2],
      ['nested?ms=50&mode=async', 2],
      ...(isBuilt ? ([['list?mode=sync', 0]] as const) : []),
    ] as const) {
      const room = crypto.randomUUID()
      const page = await fetch(`${base}/test/${path}&room=${room}`, { headers: await cookieOf('ann') })
      expect(await page.text()).toContain('</html>')
      expect([path, await (await fetch(`${base}/test/calls?room=${room}`)).json()]).toEqual([path, calls])
    }
  })

  test('N10: server code writes as the user of its request, or as the room itself where it says so', async () => {
    const room = crypto.randomUUID()
    const wire = await Wire.open(base, room, 'ann')
    onTestFinished(() => wire.close())
    await wire.query('tasks')
    const data = { title: 'by ann', visibility: 'public' }
    expect(await write(base, room, { id: 'a', data }, { user: 'ann' })).toMatchObject({
      records: [{ recordId: 'a', createdBy: 'ann', data: { title: 'by ann', done: false } }],
    })
    // It is told like any other write.
    await wire.until(({ type, payload }) => type === 'core.record_change' && JSON.stringify(payload).includes('by ann'))
    expect(await write(base, room, { id: 'b', data })).toMatchObject({ code: 'denied' })
    expect(await write(base, room, { id: 'b', data }, { as: 'system' })).toMatchObject({
      records: [{ createdBy: 'system' }],
    })
    expect(await write(base, room, { id: 'a', data }, { user: 'bob' })).toMatchObject({ code: 'denied' })
    expect(await write(base, room, { id: 'c', data: { title: 1 } }, { user: 'ann' })).toMatchObject({
      code: 'invalid-field',
      field: 'title',
    })
    expect(await write(base, room, { id: 'a' }, { user: 'ann' })).toMatchObject({ records: [] })
    expect(await write(base, room, { id: 'a' }, { user: 'ann' })).toMatchObject({ code: 'not-found' })
  })

  test('N10: a room that throws is an error with a code, and a bad id is named', async () => {
    expect(await write(base, '', { id: 'a' }, { user: 'ann' })).toEqual({
      thrown: 'TypeError: room: expected a room id, received ""',
    })
  })

  test('N11: a token that is refused is nobody: neither their page nor their writes are a visitor’s', async () => {
    const room = crypto.randomUUID()
    await write(base, room, { titles: ['a'] }, { as: 'system' })
    const expired = await tokenFor('ann', { exp: Math.floor(Date.now() / 1000) - 60 })
    for (const [token, code] of [
      ['garbage', 'unauthorized'],
      [expired, 'token-expired'],
    ] as const) {
      const headers = { cookie: `session=${token}` }
      const page = await fetch(`${base}/test/list?room=${room}`, { headers })
      expect(page.status).toBe(200)
      expect(page.headers.get('cache-control')).toBe('private, no-store')
      const text = await page.text()
      expect(text).toMatch(new RegExp(`<p [^>]*class="error">${code}: `))
      expect(text.includes('<li ')).toBe(false)
      const written = await fetch(`${base}/test/write?room=${room}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ id: 'b', data: { title: 'b' } }),
      })
      expect(await written.json()).toMatchObject({ code })
    }
  })

  test('N11: what a signed-in user gets is kept by nobody, what a visitor gets may be', async () => {
    const url = `${base}/test/list?room=${crypto.randomUUID()}`
    expect((await fetch(url, { headers: await cookieOf('ann') })).headers.get('cache-control')).toBe(
      'private, no-store',
    )
    expect((await fetch(url)).headers.get('cache-control')).not.toBe('private, no-store')
  })

  test('N12: a server function is not called from another site, by POST or by GET', async () => {
    const id = await formAction(base)
    const cookie = await cookieOf('ann')
    const title = `forged ${crypto.randomUUID()}`
    const body = new URLSearchParams({ id: crypto.randomUUID(), title, visibility: 'public' })
    const args = JSON.stringify({ t: 9, i: 0, l: 0, a: [], o: 0 })
    const refused = expect.stringMatching(/^Refused: /)
    const foreign: readonly Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'https://sibling.example.com' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      {},
    ]
    for (const headers of foreign) {
      const posted = await fetch(`${base}${id}`, { method: 'POST', headers: { ...cookie, ...headers }, body })
      expect([headers, posted.status, await posted.text()]).toEqual([headers, 403, refused])
      for (const more of [{}, { 'x-server-instance': 'server-fn:0' }] as Record<string, string>[]) {
        const got = await fetch(`${base}${id}&args=${encodeURIComponent(args)}`, {
          headers: { ...cookie, ...headers, ...more },
        })
        expect([headers, got.status, await got.text()]).toEqual([headers, 403, refused])
      }
    }
    // A link from anywhere, the browser saying what it likes.
    const link = await fetch(`${base}${id}&args=${encodeURIComponent(args)}`, {
      headers: { ...cookie, 'sec-fetch-site': 'same-origin' },
    })
    expect(link.status).toBe(403)
    const page = await fetch(`${base}/`, { headers: cookie })
    expect(await page.text()).not.toContain(title)
  })

  test('N12: whoever is refused learns it, however many are at once and whatever they have sent', async () => {
    const body = new URLSearchParams({ title: 'x'.repeat(20_000) })
    const headers = { cookie: 'session=x', origin: 'https://evil.example' }
    const post = async (): Promise<number> => {
      const answer = await fetch(`${base}/_server?id=x`, { method: 'POST', headers, body })
      await answer.text()
      return answer.status
    }
    for (let round = 0; round < 10; round++) {
      expect(new Set(await Promise.all(Array.from({ length: 12 }, post)))).toEqual(new Set([403]))
    }
  })

  test('N12: nor by a form on a page of another site, in a browser that has the cookie', async () => {
    const browser = await launchChromium()
    onTestFinished(() => browser.close())
    const title = `forged ${crypto.randomUUID()}`
    const action = `${base}${await formAction(base)}`
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<form method="post" action="${action}"><input name="id" value="x"><input name="title" value="${title}"><button>Go</button></form>`,
      )
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    onTestFinished(() => void server.close())
    const context = await browser.newContext()
    await signIn(context, base, 'ann')
    const page = await context.newPage()
    // Another host for the browser, though not for the machine; and a sibling by name, since ports are no part of a site.
    for (const host of ['127.0.0.1', 'localhost']) {
      await page.goto(`http://${host}:${(server.address() as AddressInfo).port}/`)
      const answer = page.waitForResponse((response) => response.request().method() === 'POST')
      await page.getByRole('button').click()
      expect((await answer).status()).toBe(403)
    }
  })

  test('N8: two users and a visitor, 204 pages at once: no page has anything of another', async () => {
    const room = crypto.randomUUID()
    const users = ['ann', 'bob', undefined] as const
    const canaries = new Map<string, string>()
    for (const user of ['ann', 'bob']) {
      canaries.set(user, `canary-of-${user}-${crypto.randomUUID()}`)
      const title = canaries.get(user)!
      const made = await write(base, room, { id: title, data: { title } }, { user })
      expect(made).toMatchObject({ records: [{ recordId: title }] })
    }
    const pages = Array.from({ length: 204 }, (_, at) => {
      const user = users[at % 3]
      const mode = ['', '&stream', '&mode=async', isBuilt ? '&mode=sync' : ''][at % 4]!
      const path = ['list', 'nested'][at % 2]!
      return { user, url: `${base}/test/${path}?room=${room}&ms=30${mode}`, sees: mode !== '&mode=sync' }
    })
    await Promise.all(
      pages.map(async ({ user, url, sees }) => {
        const response = await fetch(url, { headers: await cookieOf(user) })
        const text = JSON.stringify([...response.headers]) + (await response.text())
        for (const [owner, canary] of canaries) {
          expect([url, user, owner, text.includes(canary)]).toEqual([url, user, owner, sees && owner === user])
        }
      }),
    )
  })
})

test('N9: a page waits for a room that hangs as long as it was told, and says so in its log once', async () => {
  const base = inject('startBuilt')
  const began = performance.now()
  const text = await (await fetch(`${base}/test/nested?room=hanging-${crypto.randomUUID()}&ms=0`)).text()
  expect(text).toContain('<h2>loading</h2>')
  expect(performance.now() - began).toBeGreaterThan(2900)
})

test('N9: many requests at once to a worker that has just started are all answered', async () => {
  const app = await serveBuilt(inject('startApp'))
  onTestFinished(app.kill)
  const room = crypto.randomUUID()
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      const response = await fetch(`${app.url}/test/list?room=${room}`, { headers: await cookieOf(`user-${at}`) })
      return [response.status, (await response.text()).includes(`user-${at}`)]
    }),
  )
  expect(answers).toEqual(Array.from({ length: 20 }, () => [200, true]))
})

/** Where the example's form is sent. */
async function formAction(base: string): Promise<string> {
  const page = await (await fetch(`${base}/`, { headers: await cookieOf('ann') })).text()
  return /<form[^>]*action="(\/_server\?id=[^"]+)"/.exec(page)![1]!.replaceAll('&amp;', '&')
}
