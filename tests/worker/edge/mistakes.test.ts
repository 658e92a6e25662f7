import { rm } from 'node:fs/promises'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort, type ServerProcess, startProcess } from '../../support/process.ts'
import { upgrade } from '../../support/upgrade.ts'
import { authSecret, tokenFor } from '../../support/users.ts'

let server: ServerProcess
let base: string

beforeAll(async () => {
  const port = String(await freePort())
  const options = ['--port', port, '--ip', '127.0.0.1', '--inspector-port', '0', '--show-interactive-dev-session=false']
  server = await startProcess('wrangler', ['dev', '-c', 'tests/support/mistakes/wrangler.toml', ...options], 'Ready on')
  base = `http://127.0.0.1:${port}`
}, 60_000)

afterAll(async () => {
  await server?.kill()
  await rm('tests/support/mistakes/.wrangler', { recursive: true, force: true })
})

/** The status of the answer to an upgrade. */
async function knock(path: string): Promise<number> {
  const { socket, answer } = await upgrade(base, path)
  socket.destroy()
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)![1])
}

const times = (words: string): number => server.output().split(words).length - 1

const sign = (claims: object, secret = authSecret): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))

const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600

type Case = readonly [what: string, path: () => Promise<string>, status: number, words: string]

test.for<Case>([
  [
    'a binding that is missing',
    async () => '/ws/a?binding=FORGOTTEN',
    503,
    'rooms.records: expected a Durable Object namespace, received undefined: is there a [[durable_objects.bindings]]',
  ],
  [
    'a binding that is something else',
    async () => '/ws/a?binding=TEXT',
    503,
    'rooms.records: expected a Durable Object namespace, received string',
  ],
  [
    'a class without SQLite',
    async () => '/ws/a?binding=WITHOUT_SQL',
    503,
    'room "a": The room could not start: storage: RoomWithoutSql: this room has no SQLite: name its class in new_sqlite_classes of a [[migrations]] in wrangler.toml',
  ],
  ['a class that is no room', async () => '/ws/a?binding=NO_ROOM', 503, 'is no room: does it extend RecordRoom?'],
  [
    'a room without collections',
    async () => '/ws/a?binding=WITHOUT_COLLECTIONS',
    503,
    'room "a": The room could not start: collections: expected an array, received undefined',
  ],
  [
    'no secret',
    async () => `/ws/a?keyless&token=${await tokenFor('alice')}`,
    503,
    'jwtAuth: nobody can sign in: secret is undefined: is the variable set that it is read from? Put it into .dev.vars',
  ],
  [
    'another secret',
    async () => `/ws/a?token=${await sign({ sub: 'a', exp: inAnHour() }, 'another secret, as long as the right one')}`,
    401,
    'jwtAuth: a token was refused: signature verification failed: is it signed with the key that jwtAuth has?',
  ],
  [
    'a token without an end',
    async () => `/ws/a?token=${await sign({ sub: 'a' })}`,
    401,
    'jwtAuth: a token was refused: missing required "exp" claim: sign it with an end',
  ],
  [
    'a token without a user',
    async () => `/ws/a?token=${await sign({ exp: inAnHour() })}`,
    401,
    'jwtAuth: a token was refused: missing required "sub" claim: sign it with the id of its user',
  ],
  [
    'a page in the place of a token',
    async () => `/ws/a?token=${encodeURIComponent('<!doctype html>')}`,
    401,
    'jwtAuth: a token was refused: Invalid Compact JWS: is what getToken gives, or the cookie holds, a token',
  ],
  ['an empty room id', async () => '/ws/', 400, 'the room id in "/ws/" is none: expected 1 to 256 characters'],
  ['a room id with a control character', async () => '/ws/a%00b', 400, 'the room id in "/ws/a%00b" is none'],
])('E10: %s is told once, with the next step, and never by a 500', async ([, path, status, words]) => {
  const paths = [await path(), await path(), await path()]
  for (const each of paths) expect(await knock(each)).toBe(status)
  await expect.poll(() => server.output()).toContain(words)
  // What comes later is behind whatever has been said of this.
  expect(await knock(`/ws/${encodeURIComponent(`\u0000${words.length}`)}`)).toBe(400)
  await expect.poll(() => server.output()).toContain(`%00${words.length}`)
  expect(times(words)).toBe(1)
})

test('E10: no mistake closes the paths of the app itself, nor what needs no key', async () => {
  for (const search of ['keyless', 'binding=FORGOTTEN', 'binding=WITHOUT_SQL']) {
    const response = await fetch(`${base}/?${search}`)
    expect([response.status, await response.text()]).toEqual([200, 'The app itself'])
  }
  expect(await knock('/ws/a?keyless')).toBe(101)
  expect(await knock(`/ws/a?token=${await tokenFor('alice')}`)).toBe(101)
})
