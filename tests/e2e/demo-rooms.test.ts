import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { type Browser, expect as expectPage } from 'playwright/test'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestHarness, type TestHarness } from 'wrangler'
import { CanvasWire } from '../support/canvas-wire.ts'
import { launchChromium } from '../support/chromium.ts'
import { DocWire } from '../support/doc-wire.ts'
import { GameWire } from '../support/game-wire.ts'
import { PresenceWire } from '../support/presence-wire.ts'
import { freePort, startProcess } from '../support/process.ts'
import { Wire } from '../support/wire.ts'

let browser: Browser

beforeAll(async () => {
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  // Where a build says what it has built: not here.
  await rm('examples/showcase/.wrangler', { recursive: true, force: true })
})

const openRoom = (base: string, from = '192.0.2.1'): Promise<Response> =>
  fetch(`${base}/demo/room`, { method: 'POST', headers: { 'cf-connecting-ip': from } })

async function roomAt(base: string): Promise<string> {
  const response = await openRoom(base, crypto.randomUUID())
  expect(response.status).toBe(201)
  return response.text()
}

async function tokenAt(base: string, room: string, user: string): Promise<string> {
  const response = await fetch(`${base}/demo/token?${new URLSearchParams({ room, user })}`)
  return response.ok ? response.text() : ''
}

async function enter(base: string, room: string, user?: string): Promise<Wire> {
  const wire = await Wire.knock(base, room, `v=1&token=${user ? await tokenAt(base, room, user) : ''}`)
  await wire.until(({ type }) => type === 'user.info')
  return wire
}

/** How a connection with a token ends that is refused. */
const refusal = async (base: string, room: string, token: string) =>
  (await Wire.knock(base, room, `v=1&token=${token}`)).closed

/** Builds the showcase as it is deployed and runs what was built, until the tests around it are over. Gives where. */
async function serve(mode: string, environment: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'showcase-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  const env = { VITEST: undefined, NODE_ENV: environment }
  const options = ['--mode', mode, '--outDir', folder, '--logLevel', 'error']
  execFileSync('vite', ['build', ...options], { stdio: 'pipe', env: { ...process.env, ...env } })
  const port = String(await freePort())
  const config = join(folder, 'deepspace_solid_showcase/wrangler.json')
  const server = await startProcess(
    'wrangler',
    [
      'dev',
      '-c',
      config,
      '--port',
      port,
      '--inspector-port',
      '0',
      '--var',
      'AUTH_SECRET:the secret of another deployment',
    ],
    'Ready on',
    env,
  )
  undo.push(server.kill)
  return `http://localhost:${port}`
}

/** What ends the servers of the running tests, the latest last. */
const undo: (() => Promise<void>)[] = []

async function undoAll(): Promise<void> {
  for (const each of undo.splice(0).reverse()) await each()
}

describe.for([
  { mode: 'production', environment: undefined },
  { mode: 'development', environment: 'development' },
  { mode: 'production', environment: 'development' },
])('the showcase, built for $mode with NODE_ENV=$environment', ({ mode, environment }) => {
  let base: string
  beforeAll(async () => {
    base = await serve(mode, environment)
  })
  afterAll(undoAll)

  test('lets a visitor be everyone in a room of their own, and nobody anything anywhere else', async () => {
    const [room, other] = [await roomAt(base), await roomAt(base)]
    for (const [user, role] of [
      ['ada', 'admin'],
      ['ben', 'member'],
      ['chloe', 'member'],
      ['dan', 'member'],
      [undefined, 'viewer'],
    ] as const) {
      expect((await enter(base, room, user)).user).toMatchObject({ role })
    }
    // What is good in one room is good in no other.
    expect(await refusal(base, other, await tokenAt(base, room, 'ada'))).toMatchObject({ code: 4401 })
    // No other key, no other person, no other room, and no other way to a token.
    for (const secret of [
      'the secret of another deployment',
      'deepspace-solid showcase, development only',
      other,
      room.toUpperCase(),
    ]) {
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('ada')
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(secret))
      expect(await refusal(base, room, token)).toEqual({ code: 4401, reason: 'unauthorized' })
    }
    expect(await tokenAt(base, room, 'mallory')).toBe('')
    for (const closed of ['app:showcase', 'demo:', `demo:${crypto.randomUUID()}`, crypto.randomUUID()]) {
      expect(await refusal(base, closed, await tokenAt(base, closed, 'ada'))).toEqual({
        code: 4403,
        reason: 'forbidden',
      })
    }
    for (const path of [
      '/dev/token?user=ada',
      '/demo/token',
      '/demo/token?user=ada',
      `/demo/token?room=app:showcase&user=ada`,
    ]) {
      expect(await (await fetch(base + path)).text()).not.toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    }

    const page = await (await browser.newContext()).newPage()
    await page.goto(`${base}/?view=single&left=ada`)
    await expectPage(page.getByTestId('task').first()).toBeVisible({ timeout: 20_000 })
    await expectPage(page.getByTestId('role')).toHaveText('admin')
    await page.context().close()
  })

  // What a browser keeps is the same however it was built.
  if (environment === undefined)
    test('a browser comes back to the room that was opened for it, follows a link to another, and leaves one that has ended', async () => {
      const page = await (await browser.newContext()).newPage()
      const shown = async (search: string): Promise<string> => {
        await page.goto(`${base}/?view=single&left=ada${search}`)
        await expectPage(page.getByTestId('task').first()).toBeVisible({ timeout: 20_000 })
        await expectPage(page.getByTestId('role')).toHaveText('admin')
        return new URL(page.url()).searchParams.get('room')!
      }
      const own = await shown('')
      expect(own).toMatch(/^demo:/)
      expect(await shown('')).toBe(own)
      const room = await roomAt(base)
      expect(await shown(`&room=${room}`)).toBe(room)
      expect(await shown('')).toBe(own)
      // One that has ended is left: for the visitor's own, or for a new one if it was that.
      const ended = `demo:${crypto.randomUUID()}`
      await shown(`&room=${ended}`)
      expect(await shown('')).toBe(own)
      await page.evaluate((ended) => {
        for (const key of Object.keys(localStorage)) localStorage.setItem(key, ended)
      }, ended)
      await shown('')
      const next = await shown('')
      expect(next).toMatch(/^demo:/)
      expect([own, room, ended]).not.toContain(next)
      await page.context().close()
    })
})

describe('a room of a visitor', () => {
  let worker: TestHarness
  let base: string

  beforeEach(async () => {
    worker = createTestHarness({ workers: [{ configPath: 'tests/e2e/mortal/wrangler.toml' }] })
    base = (await worker.listen()).url.origin
  })

  afterEach(() => worker?.close())

  const kept = async (room: string, path = '') =>
    (await (await fetch(`${base}/kept${path}?room=${room}`)).json()) as number

  test('ends when its time is over: who is there is sent away, nobody comes in, and nothing is kept', async () => {
    const room = await roomAt(base)
    const ada = await enter(base, room, 'ada')
    const visitor = await enter(base, room)
    expect(await ada.put('tasks', 'mine', { title: 'Soon forgotten' })).toMatchObject({ success: true })
    expect(await kept(room)).toBeGreaterThan(500)
    expect(await ada.closed).toEqual({ code: 4403, reason: 'forbidden' })
    expect(await visitor.closed).toEqual({ code: 4403, reason: 'forbidden' })
    expect(await refusal(base, room, await tokenAt(base, room, 'ada'))).toEqual({ code: 4403, reason: 'forbidden' })
    await expect.poll(() => kept(room)).toBe(0)
  })

  test('has a note that ends with it', async () => {
    const room = await roomAt(base)
    const knock = async (id: string, room: string) =>
      DocWire.open(base, id, undefined, `v=1&token=${await tokenAt(base, room, 'ben')}`)
    const ben = await knock(`notes:${room}`, room)
    await ben.until(({ type }) => type === 'auth')
    ben.edit((text) => text.insert(0, 'Soon forgotten'))
    await ben.saved()
    expect(await kept(room, '/note')).toBeGreaterThan(0)
    expect(await ben.closed).toEqual({ code: 4403, reason: 'forbidden' })
    expect(await (await knock(`notes:${room}`, room)).closed).toEqual({ code: 4403, reason: 'forbidden' })
    await expect.poll(() => kept(room, '/note')).toBe(0)
  })

  test('has a sketch, with whoever looks at it, that ends with it', async () => {
    const room = await roomAt(base)
    const as = async (user: string, id: string, key: string) =>
      [base, id, undefined, `v=1&token=${await tokenAt(base, key, user)}`] as const
    const [ben, pointer] = await Promise.all([
      CanvasWire.knock(...(await as('ben', `sketches:${room}`, room))),
      PresenceWire.open(...(await as('ben', `sketches:${room}`, room))),
    ])
    pointer.send('presence.enter', { state: { cursor: { x: 1, y: 1 } } })
    await pointer.until(({ type }) => type === 'presence.entered')
    expect((await ben.show()).payload.shapes).toHaveLength(4)
    ben.add({ type: 'circle', width: 1_000, height: 10, props: { color: 'teal' } }, 'mine')
    await ben.saved()
    // Within the sketch, and large enough to be found.
    expect(ben.shapes.get('mine')).toMatchObject({ width: 640, height: 104 })
    ben.add({ type: 'star', props: { color: 'teal' } })
    await ben.until(({ payload }) => payload?.refused?.[0]?.field === 'type')
    expect(await kept(room, '/sketch')).toBeGreaterThan(5)
    expect(await kept(room, '/pointers')).toBe(1)
    expect(await ben.closed).toEqual({ code: 4403, reason: 'forbidden' })
    await expect.poll(() => kept(room, '/sketch')).toBe(0)
    await expect.poll(() => kept(room, '/pointers')).toBe(0)
    for (const open of [CanvasWire.knock, PresenceWire.open]) {
      const late = await open(...(await as('ben', `sketches:${room}`, room)))
      expect(await late.closed).toEqual({ code: 4403, reason: 'forbidden' })
    }
  })

  test('has a game that ends with it, also where it was opened before there was one', async () => {
    const room = await roomAt(base)
    await (await enter(base, room, 'ada')).close()
    await fetch(`${base}/forget-game?room=${room}`)
    await enter(base, room, 'ada')
    const play = async (user?: string) =>
      GameWire.open(base, `games:${room}`, undefined, `v=1&token=${user ? await tokenAt(base, room, user) : ''}`)
    const [ada, ben, visitor] = [await play('ada'), await play('ben'), await play()]
    visitor.send('game.player_ready')
    await visitor.until(({ payload }) => payload.code === 'denied')
    ada.send('game.start')
    await ben.until(() => ben.running)
    ben.input('go', { x: 9_000, y: 0 })
    await ben.until(({ payload }) => payload.code === 'invalid-field' && payload.field === 'data.x')
    await ben.play('go', { x: 400, y: 300 })
    // Nobody is told of the star of another.
    const stars = [ada, ben, visitor].map(({ state }) => Object.keys(state!.stars as object))
    expect(stars).toEqual([['ada'], ['ben'], []])
    const [seed] = /"seed":\d+/.exec(JSON.stringify(ben.state!.stars))!
    expect([...ada.texts, ...visitor.texts].filter((text) => text.includes(seed))).toEqual([])
    ada.send('game.end')
    await ada.until(({ payload }) => payload.code === 'denied')
    expect(await kept(room, '/game')).toBe(1)
    expect(await ben.closed).toEqual({ code: 4403, reason: 'forbidden' })
    await expect.poll(() => kept(room, '/game')).toBe(0)
    expect(await (await play('ben')).closed).toEqual({ code: 4403, reason: 'forbidden' })
  })

  test('has one sketch, which the key of no other room opens', async () => {
    const [own, other] = [await roomAt(base), await roomAt(base)]
    for (const open of [CanvasWire.knock, PresenceWire.open]) {
      for (const [id, key, code] of [
        [`sketches:${own}`, other, 4401],
        [`sketches:demo:${crypto.randomUUID()}`, '', 4403],
        [`notes:${own}`, own, 4403],
        [own, own, 4403],
      ] as const) {
        const wire = await open(base, id, undefined, `v=1&token=${await tokenAt(base, key, 'ben')}`)
        expect(await wire.closed).toMatchObject({ code })
      }
    }
  })

  test('has one game, which the key of no other room opens', async () => {
    const [own, other] = [await roomAt(base), await roomAt(base)]
    for (const [id, key, code] of [
      [`games:${own}`, other, 4401],
      [`games:demo:${crypto.randomUUID()}`, '', 4403],
      [`sketches:${own}`, own, 4403],
      [own, own, 4403],
    ] as const) {
      const wire = await GameWire.open(base, id, undefined, `v=1&token=${await tokenAt(base, key, 'ben')}`)
      expect(await wire.closed).toMatchObject({ code })
    }
  })

  test('has one document, which the key of no other room opens', async () => {
    const [own, other] = [await roomAt(base), await roomAt(base)]
    for (const [id, key, code] of [
      [`notes:${own}`, other, 4401],
      [`notes:demo:${crypto.randomUUID()}`, '', 4403],
      [own, own, 4403],
      [`sketches:${own}`, own, 4403],
      [`notes:notes:${own}`, '', 4403],
    ] as const) {
      const wire = await DocWire.open(base, id, undefined, `v=1&token=${await tokenAt(base, key, 'ben')}`)
      expect(await wire.closed).toMatchObject({ code })
    }
  })

  test('ends when it keeps more than it may', async () => {
    const room = await roomAt(base)
    const ben = await enter(base, room, 'ben')
    await fetch(`${base}/fill?room=${room}`)
    ben.send('core.put', { collection: 'tasks', recordId: 'one-more', data: { title: 'One more' } })
    expect(await ben.closed).toEqual({ code: 4403, reason: 'forbidden' })
    expect(await refusal(base, room, '')).toEqual({ code: 4403, reason: 'forbidden' })
    await expect.poll(() => kept(room)).toBe(0)
  })

  test('has so many places', async () => {
    const room = await roomAt(base)
    const wires = [await enter(base, room, 'ada'), await enter(base, room, 'ada'), await enter(base, room)]
    await expect(Wire.knock(base, room, 'v=1')).rejects.toThrow('refused')
    await wires[0]!.close()
    await expect
      .poll(() =>
        enter(base, room).then(
          ({ user }) => user?.role,
          () => 'full',
        ),
      )
      .toBe('viewer')
  })

  test('is opened so many times an hour for one address, whatever others have opened', async () => {
    const answers = []
    for (let nth = 0; nth < 5; nth++) answers.push((await openRoom(base, '2001:db8:1:2:3:4:5:6')).status)
    expect(answers).toEqual([201, 201, 201, 201, 429])
    expect((await openRoom(base, '2001:db8:1:2::9')).status).toBe(429)
    expect((await openRoom(base, '2001:db8:1:3::9')).status).toBe(201)
    expect((await fetch(`${base}/demo/room`)).status).toBe(405)
  })
})
