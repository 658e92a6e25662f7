import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { tokenFor } from '../support/users.ts'
import { Wire } from '../support/wire.ts'
import { answered, giveSession, lost, signIn, textOf, type Visit, visit } from './visit.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser?.close())

/** A room of ann's with tasks, every third one done and every second one private. */
async function filledRoom(
  base: string,
  titles: readonly string[],
  owner = 'ann',
): Promise<{ room: string; wire: Wire }> {
  const room = crypto.randomUUID()
  const wire = await Wire.open(base, room, owner)
  onTestFinished(() => wire.close())
  await Promise.all(
    titles.map((title, at) =>
      wire.put('tasks', title, { title, done: at % 3 === 0, visibility: at % 2 === 0 ? 'public' : 'private' }),
    ),
  )
  return { room, wire }
}

async function open(url: string, options?: Parameters<typeof visit>[2]): Promise<Visit> {
  const visited = await visit(browser, url, options)
  onTestFinished(() => visited.context.close())
  return visited
}

async function html(url: string, user?: string): Promise<string> {
  const headers = user === undefined ? undefined : { cookie: `session=${await tokenFor(user)}` }
  const response = await fetch(url, headers && { headers })
  expect(response.status).toBe(200)
  return response.text()
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** A page as the server made it, then hydrated: nothing is made anew, nothing else is said, and rooms are asked for differences alone. */
async function hydrated(url: string, user: string | undefined, questions: number): Promise<Visit> {
  const visited = await open(url, { user, holds: true })
  await visited.page.waitForFunction(() => window.made !== undefined)
  const before = await textOf(visited)
  expect(before).not.toContain('waiting')
  visited.release()
  await answered(visited, questions)
  expect(await lost(visited)).toEqual([])
  expect(await textOf(visited)).toBe(before)
  expect(visited.said).toEqual([])
  return visited
}

const served = [
  ['from its sources', inject('startDev')],
  ['as it was built', inject('startBuilt')],
] as const

describe.each(served)('N: a page that is served %s', (_, base) => {
  describe.each([
    ['waiting', ''],
    ['streaming', '&stream'],
    ['asynchronous', '&mode=async'],
  ])('%s', (_mode, search) => {
    const readers: (readonly [who: string, name: string | undefined])[] = [['a member', 'ann']]
    // In development a page takes long; who reads it is the same there in every mode.
    if (base === inject('startBuilt') || search === '') {
      readers.push(['another member, who has never been here', 'new'], ['a visitor', undefined])
    }
    test.each(readers)(
      'N1, N5, N7: of lists, counts, records and refusals is hydrated as it is, and goes on from its version: %s',
      async (_who, name) => {
        const { room } = await filledRoom(base, letters)
        const user = name === 'new' ? `new-${crypto.randomUUID()}` : name
        const url = `${base}/test/list?room=${room}&limit=3&ids=a,b,missing${search}`
        // Two lists that ask the same, a count, the own notes, and three records as one.
        const refused = user === undefined ? 1 : 0
        const { page, sent, heard } = await hydrated(url, user, 4)
        expect(await page.locator('.list li b').allTextContents()).toEqual(
          user === 'ann' ? ['a', 'b', 'c'] : ['a', 'c', 'e'],
        )
        expect(await page.locator('.list .more').textContent()).toBe('more')
        expect(await page.locator('.count').textContent()).toBe(`ready ${user === 'ann' ? 3 : 2} no error`)
        expect(await page.locator('.own').textContent()).toContain(refused ? 'error denied' : 'ready no error')
        expect(await page.locator('.wrong').textContent()).toContain('off no error')
        expect(await page.locator('.record').allTextContents()).toEqual([
          'ready a no error',
          user === 'ann' ? 'ready b no error' : 'ready none no error',
          'ready none no error',
        ])
        const asked = sent.filter((text) => text.includes('core.subscribe'))
        const since = asked.filter((text) => text.includes('"since":'))
        expect(since).toHaveLength(asked.length - refused)
        const records = heard
          .filter((text) => text.includes('core.query_result'))
          .map((text) => JSON.parse(text).payload.records)
        // What a visitor may read of their own nobody can say of another: their records are told in full.
        if (user !== undefined) expect(records.flat()).toEqual([])
      },
    )

    test('N1, N5: of nested parts that come later is hydrated as it is', async () => {
      const { room } = await filledRoom(base, letters)
      const { page } = await hydrated(`${base}/test/nested?room=${room}&ms=700${search}`, 'ann', 2)
      expect(await page.locator('.inner-list li b').allTextContents()).toEqual(letters)
      expect(await page.locator('.inner-done li b').allTextContents()).toEqual(['a', 'd', 'g'])
    })

    test('N2: what is asked with no Suspense above is rendered as loading, and shown once the page is there', async () => {
      const { room } = await filledRoom(base, letters)
      const visited = await open(`${base}/test/list?room=${room}&outside${search}`, { user: 'ann', holds: true })
      await visited.page.waitForFunction(() => window.made !== undefined)
      expect(await visited.page.locator('.outside h2').textContent()).toBe('loading')
      visited.release()
      await visited.page.locator('.outside li', { hasText: 'g' }).waitFor()
      expect(visited.said).toEqual([])
    })
  })

  test('N3: with no scripts the records are there', async () => {
    const { room } = await filledRoom(base, letters)
    const { page } = await open(`${base}/test/list?room=${room}`, { user: 'ann', js: false })
    expect(await page.locator('.list li b').allTextContents()).toEqual(letters)
    expect(await html(`${base}/test/list?room=${room}`, 'ann')).toContain('<b>g</b>')
  })

  test('N6: a write between the page and the socket touches what it has changed, and nothing goes back', async () => {
    const { room, wire } = await filledRoom(base, letters)
    const visited = await open(`${base}/test/list?room=${room}`, { user: 'ann', holds: true })
    const { page } = visited
    await page.waitForFunction(() => window.made !== undefined)
    await page.evaluate(() => {
      const touched: string[] = []
      new MutationObserver((records) => {
        for (const { target, addedNodes, removedNodes } of records) {
          const row = (target instanceof Element ? target : target.parentElement)!.closest('li')
          for (const node of [...addedNodes, ...removedNodes]) if (node instanceof Element) touched.push(node.outerHTML)
          if (row) touched.push(row.getAttribute('data-id')!)
        }
      }).observe(document.querySelector('.list ul')!, { subtree: true, childList: true, characterData: true })
      Object.assign(window, { touched })
    })
    await wire.put('tasks', 'c', { title: 'changed' })
    await wire.remove('tasks', 'e')
    await wire.put('tasks', 'new', { title: 'aa' })
    visited.release()
    await page.locator('.list li', { hasText: 'aa' }).waitFor()
    expect(await page.locator('.list li b').allTextContents()).toEqual(['a', 'aa', 'b', 'changed', 'd', 'f', 'g'])
    const touched = (await page.evaluate('touched')) as string[]
    expect(touched.filter((each) => !/^c$|data-id="(c|e|new)"/.test(each))).toEqual([])
    expect(visited.said).toEqual([])
  })

  test('N6: a write while the page comes is in what comes after it, and nothing goes back or is missing', async () => {
    const { room, wire } = await filledRoom(base, letters)
    const visited = await open(`${base}/test/nested?room=${room}&ms=3000&stream`, { user: 'ann' })
    const { page } = visited
    await page.locator('.list li', { hasText: 'g' }).waitFor()
    await page.evaluate(() => {
      const texts: string[] = []
      const look = () => {
        for (const each of document.querySelectorAll('[data-id=c] b'))
          texts.push(`${each.closest('section')!.className} ${each.textContent}`)
      }
      look()
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
      Object.assign(window, { texts })
    })
    await wire.put('tasks', 'c', { title: 'changed' })
    await wire.put('tasks', 'new', { title: 'aa' })
    const now = ['a', 'aa', 'b', 'changed', 'd', 'f', 'e', 'g'].sort()
    await page.locator('.inner-list li', { hasText: 'aa' }).waitFor()
    await page.locator('.list li', { hasText: 'aa' }).waitFor()
    expect(await page.locator('.list li b').allTextContents()).toEqual(now)
    expect(await page.locator('.inner-list li b').allTextContents()).toEqual(now)
    const texts = (await page.evaluate('texts')) as string[]
    for (const list of ['list', 'inner-list']) {
      const shown = texts.filter((text) => text.startsWith(`${list} `))
      expect(shown.slice(shown.indexOf(`${list} changed`)).filter((text) => text === `${list} c`)).toEqual([])
    }
    expect(visited.said).toEqual([])
  })

  test('N8: a page is of the user of its request: who comes to the socket as another sees nothing of it', async () => {
    const { room } = await filledRoom(base, letters)
    const visited = await open(`${base}/test/list?room=${room}`, { user: 'ann', holds: true })
    await visited.page.waitForFunction(() => window.made !== undefined)
    expect(await visited.page.locator('.list li b').allTextContents()).toEqual(letters)
    await signIn(visited.context, base, 'bob')
    visited.release()
    await visited.page.locator('h1', { hasText: 'bob' }).waitFor()
    await expect.poll(() => visited.page.locator('.list li b').allTextContents()).toEqual(['a', 'c', 'e', 'g'])
  })

  test('N8: and who is refused there sees nothing of it either', async () => {
    const { room } = await filledRoom(base, letters)
    const visited = await open(`${base}/test/list?room=${room}`, { user: 'ann', holds: true })
    await visited.page.waitForFunction(() => window.made !== undefined)
    await giveSession(visited.context, base, 'no token')
    visited.release()
    await visited.page.locator('.list h2', { hasText: 'error' }).waitFor()
    expect(await visited.page.locator('.list li').count()).toBe(0)
    expect(await visited.page.locator('.own').textContent()).toContain('error unauthorized')
  })

  test('N8: a role that is lowered between the page and the socket takes the rows that it may not read', async () => {
    const { room } = await filledRoom(base, letters)
    const root = await Wire.open(base, room, 'root')
    onTestFinished(() => root.close())
    // Everybody reads what is published, and root reads all notes, which ann does not as a viewer.
    const ann = await Wire.open(base, room, 'ann')
    await ann.put('notes', 'n', { text: 'a note of mine' })
    const visited = await open(`${base}/test/list?room=${room}`, { user: 'ann', holds: true })
    await visited.page.waitForFunction(() => window.made !== undefined)
    expect(await visited.page.locator('.own').textContent()).toContain('a note of mine')
    await root.request('user.set_role', { userId: 'ann', role: 'viewer' })
    visited.release()
    await visited.page.locator('.own', { hasText: 'error denied' }).waitFor()
    expect(await visited.page.locator('.own').textContent()).not.toContain('a note of mine')
    await ann.close()
  })

  test('N9: a room that hangs or throws is rendered as loading, and loaded by the browser', async () => {
    // Most of it is waiting.
    const look = async (kind: string) => {
      const room = `${kind}-${crypto.randomUUID()}`
      const wire = await Wire.open(base, room, 'ann')
      onTestFinished(() => wire.close())
      await wire.put('tasks', 'a', { title: 'a' })
      expect(await html(`${base}/test/list?room=${room}`, 'ann')).toContain('<h2>loading</h2>')
      const visited = await open(`${base}/test/list?room=${room}`, { user: 'ann' })
      await visited.page.locator('.list li', { hasText: 'a' }).waitFor()
      expect(visited.said).toEqual([])
    }
    await Promise.all(['hanging', 'throwing'].map(look))
  })

  test('N4: what is in a record is text on the page, whatever it is', async () => {
    const { room, wire } = await filledRoom(base, [])
    const title = '</script><script>window.hacked=1</script>\u2028\u2029 <!-- "\\ \' {{'
    await wire.put('tasks', 'x', { title })
    await wire.put('notes', 'n', {
      text: '</script>',
      json: JSON.parse('{"__proto__":{"polluted":true},"</script>":"\u2028"}'),
    })
    const { page } = await hydrated(`${base}/test/list?room=${room}`, 'ann', 3)
    expect(await page.locator('.list li b').textContent()).toBe(title)
    expect(await page.evaluate('window.hacked ?? ({}).polluted ?? "unharmed"')).toBe('unharmed')
  })
})

describe('N5: what is told of a page that is there already', () => {
  const base = inject('startBuilt')

  /** The room itself writes so many public tasks; gives their titles. */
  async function writeMany(room: string, count: number): Promise<string[]> {
    const titles = Array.from({ length: count }, (_, at) => `t${String(at).padStart(4, '0')}`)
    const response = await fetch(`${base}/test/write?room=${room}&as=system`, {
      method: 'POST',
      body: JSON.stringify({ titles }),
    })
    expect(await response.json()).toEqual({})
    return titles
  }

  test.each([
    [0, 3],
    [2, 3],
    [3, 3],
    [4, 3],
    [7, 3],
    [7, 1],
    [7, 7],
    [7, 50],
  ])(
    'N5: of %i records and a limit of %i nothing is told again, and no page behind them is asked for',
    async (count, limit) => {
      const { room } = await filledRoom(base, letters.slice(0, count))
      const { page, sent, heard } = await hydrated(`${base}/test/list?room=${room}&limit=${limit}`, 'ann', 3)
      expect(await page.locator('.list li').count()).toBe(Math.min(count, limit))
      expect(await page.locator('.list .more').textContent()).toBe(count > limit ? 'more' : 'no more')
      expect(sent.filter((text) => text.includes('"page"'))).toEqual([])
      expect(Math.max(...heard.map((text) => text.length))).toBeLessThan(600)
    },
  )

  test('N5: what asks something else in the browser than on the server is hydrated as it was rendered, and asks then', async () => {
    const { room } = await filledRoom(base, letters)
    const visited = await open(`${base}/test/list?room=${room}&moving`, { user: 'ann', holds: true })
    const { page } = visited
    await page.waitForFunction(() => window.made !== undefined)
    expect(await page.locator('.moving').textContent()).toBe('ready 7')
    visited.release()
    // The list, the two counts, the notes; and the count that the browser asks.
    await answered(visited, 5)
    expect(await page.locator('.moving').textContent()).toBe('ready 7')
    expect(await lost(visited)).toEqual([])
    expect(visited.said).toEqual([])
  })

  test('N5, R15: many records that are asked for one by one go on as one question', async () => {
    const { room } = await filledRoom(base, [])
    const titles = await writeMany(room, 300)
    const { page, sent } = await hydrated(
      `${base}/test/list?room=${room}&limit=1&ids=${titles.join(',')},none`,
      'ann',
      4,
    )
    expect(await page.locator('.record', { hasText: 'ready t' }).count()).toBe(300)
    expect(sent.filter((text) => text.includes('"recordId"') && text.includes('"since"'))).toHaveLength(1)
  })

  test('N5: of a thousand records less than 600 bytes are told', async () => {
    const { room } = await filledRoom(base, [])
    await writeMany(room, 1000)
    const { page, heard } = await hydrated(`${base}/test/list?room=${room}`, 'ann', 3)
    expect(await page.locator('.list li').count()).toBe(1000)
    expect(Math.max(...heard.map((text) => text.length))).toBeLessThan(600)
  })
})
