import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, inject, test } from 'vitest'
import { type JwtAuthOptions, jwtAuth } from '../../../worker/edge/auth.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { authSecret, tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')
const secret = new TextEncoder().encode(authSecret)

function visit(path: string): Promise<Response> {
  return fetch(new URL(path, base))
}

/** The answer to an upgrade, as text. */
async function answerTo(path: string, headers: Record<string, string> = {}): Promise<string> {
  const { socket, answer } = await upgrade(base, path, headers)
  socket.destroy()
  return answer
}

describe('E1: paths', () => {
  test('only /ws/... is ours, and only for WebSockets', async () => {
    expect((await visit('/')).status).toBe(404)
    expect(await (await visit('/ws')).text()).toBe('Not found')
    expect(await (await visit('/ws/a/b/c')).text()).toBe('Not found')
    expect(await (await visit('/ws/unknown/b')).text()).toBe('Not found')
    expect((await visit('/ws/room')).status).toBe(426)
    expect(await (await visit('/ws/game/none')).text()).toBe('No game rooms here')
    expect((await visit('/ws/%ff')).status).toBe(400)
    expect((await visit('/ws/%00')).status).toBe(400)
    expect((await visit('/ws/')).status).toBe(400)
    expect((await visit(`/ws/${'x'.repeat(257)}`)).status).toBe(400)
  })

  test('the last segment is decoded once', async () => {
    const room = `a b/c%20:${crypto.randomUUID()}`
    const alice = await Wire.open(base, room, 'alice')
    await alice.put('tasks', 'a', { title: 'x' })
    expect(await callRoom(base, room, 'query', [{ collection: 'tasks' }, 'system'])).toMatchObject({
      result: [{ recordId: 'a' }],
    })
  })
})

describe('E2-E4: who gets in', () => {
  test('no token: an anonymous viewer with a fresh id, where the app allows it', async () => {
    const [one, two] = await Promise.all([Wire.open(base, 'lobby'), Wire.open(base, 'lobby')])
    const [first, second] = [one.user!, two.user!]
    expect(first).toMatchObject({
      id: expect.stringMatching(/^anon-[0-9a-f-]{36}$/),
      name: 'Anonymous',
      email: '',
      role: 'viewer',
    })
    expect(second.id).not.toBe(first.id)
  })

  test('a good token: its identity, and nothing that the client says beside it', async () => {
    const wire = await Wire.open(
      base,
      'lobby',
      'alice',
      'userId=root&role=admin&name=Mallory&x-user-id=root&user=root&isAdmin=true',
    )
    expect(wire.user).toMatchObject({ id: 'alice', name: 'alice', email: 'alice@example.com', role: 'member' })
  })

  test('identity headers of the client are taken off', async () => {
    const forged = encodeURIComponent(JSON.stringify({ userId: 'root', name: 'Root', email: '', anonymous: false }))
    // Node's WebSocket takes headers, which no browser's does.
    const Socket = WebSocket as unknown as new (url: string, options: object) => WebSocket
    const socket = new Socket(`${base.replace('http', 'ws')}/ws/lobby`, {
      headers: { 'x-user-identity': forged, 'x-user-id': 'root', 'X-User-Role': 'admin', cookie: 'user=root' },
    })
    const greeting = await new Promise<string>((resolve) =>
      socket.addEventListener('message', ({ data }) => resolve(String(data))),
    )
    expect(JSON.parse(greeting)).toMatchObject({ type: 'user.info', payload: { name: 'Anonymous', role: 'viewer' } })
    socket.close()
  })

  const bad = {
    'not a token': async () => 'nonsense',
    'signed by somebody else': () => sign({ secret: new TextEncoder().encode('another secret, just as long as ours') }),
    'without a subject': () => sign({ subject: '' }),
    'without an end': () => sign({ expires: null }),
    'with an unsigned header': async () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"root","exp":9999999999}')}.`,
    'with another algorithm': () => sign({ algorithm: 'HS512' }),
  }
  test.for(Object.entries(bad))('a token %s is refused: 401, or 4401 for version 1', async ([, make]) => {
    const token = await make()
    await expect(Wire.knock(base, 'lobby', `token=${token}`)).rejects.toThrow('refused')
    expect(await answerTo(`/ws/lobby?token=${token}`)).toMatch(/^HTTP\/1\.1 401/)
    const wire = await Wire.knock(base, 'lobby', `v=1&token=${token}`)
    expect(await wire.closed).toEqual({ code: 4401, reason: 'unauthorized' })
    expect(wire.frames).toEqual([])
  })

  test('a token that has ended says so', async () => {
    const wire = await Wire.knock(base, 'lobby', `v=1&token=${await sign({ expires: -60 })}`)
    expect(await wire.closed).toEqual({ code: 4401, reason: 'token-expired' })
  })

  test('no token where there is no anonymous access, and a room that is closed', async () => {
    const stranger = await Wire.knock(base, 'members-only', 'v=1')
    expect(await stranger.closed).toEqual({ code: 4401, reason: 'unauthorized' })
    await expect(Wire.knock(base, 'members-only', '')).rejects.toThrow('refused')
    const alice = await Wire.knock(base, 'closed', `v=1&token=${await tokenFor('alice')}`)
    expect(await alice.closed).toEqual({ code: 4403, reason: 'forbidden' })
  })

  test('a key that cannot be had is not the fault of the client: 503, and it tries again later', async () => {
    await expect(Wire.knock(base, 'keyless', 'v=1')).rejects.toThrow('refused')
    const response = await answerTo('/ws/keyless?v=1')
    expect(response).toMatch(/^HTTP\/1\.1 503/)
  })

  test('E3: a room that is not reached through the edge refuses', async () => {
    expect(await answerTo('/direct')).toMatch(/^HTTP\/1\.1 401/)
    expect((await visit('/direct')).status).toBe(426)
  })

  test('H2: ping is answered with pong', async () => {
    const wire = await Wire.open(base, 'lobby')
    wire.socket.send('ping')
    expect(await wire.until(({ type }) => type === 'pong')).toBeDefined()
  })
})

async function sign(options: {
  secret?: Uint8Array
  subject?: string
  expires?: number | null
  algorithm?: string
}): Promise<string> {
  const jwt = new SignJWT({})
    .setProtectedHeader({ alg: options.algorithm ?? 'HS256' })
    .setSubject(options.subject ?? 'alice')
  const now = Math.floor(Date.now() / 1000)
  if (options.expires !== null) jwt.setExpirationTime(now + (options.expires ?? 60))
  return jwt.sign(options.secret ?? secret)
}

describe('E5: jwtAuth', () => {
  const request = (token?: string) => new Request(`https://app.example/ws/x${token ? `?token=${token}` : ''}`)
  const signed = (key: CryptoKey, alg: string, claims = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid: 'k' }).setSubject('alice').setExpirationTime('1h').sign(key)

  test('reads the claims: name, mail and image if they are text', async () => {
    const token = await tokenFor('alice', { name: 'Alice', image: 'https://img.example/a.png', email: 7 })
    expect(await jwtAuth({ secret: authSecret })(request(token))).toEqual({
      userId: 'alice',
      name: 'Alice',
      email: '',
      imageUrl: 'https://img.example/a.png',
      anonymous: false,
      expiresAt: expect.any(Number),
    })
  })

  test('takes a bearer header as well, and gives null without a token', async () => {
    const authenticate = jwtAuth({ secret: authSecret })
    const headers = { authorization: `Bearer ${await tokenFor('bob')}` }
    expect(await authenticate(new Request('https://app.example/', { headers }))).toMatchObject({ userId: 'bob' })
    expect(await authenticate(request())).toBeNull()
  })

  test('verifies with a public key, as PEM or as JWK, and with a key set', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const token = await signed(privateKey, 'ES256')
    const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }
    const pem = await exportSPKI(publicKey)
    expect(await jwtAuth({ publicKey: pem, algorithms: ['ES256'] })(request(token))).toMatchObject({ userId: 'alice' })
    expect(await jwtAuth({ publicKey: jwk })(request(token))).toMatchObject({ userId: 'alice' })
    expect(await jwtAuth({ jwks: { keys: [jwk] } })(request(token))).toMatchObject({ userId: 'alice' })

    const other = await generateKeyPair('ES256')
    const forged = await signed(other.privateKey, 'ES256')
    for (const options of [{ publicKey: jwk }, { jwks: { keys: [jwk] } }]) {
      await expect(jwtAuth(options)(request(forged))).rejects.toMatchObject({ code: 'unauthorized' })
    }
    // A public key is public: nobody may sign with it as if it were a secret.
    const confused = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('root')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(pem))
    await expect(jwtAuth({ publicKey: pem, algorithms: ['ES256'] })(request(confused))).rejects.toMatchObject({
      code: 'unauthorized',
    })
    await expect(jwtAuth({ jwks: { keys: [jwk] } })(request(confused))).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('checks issuer and audience where the app asks for them', async () => {
    const authenticate = jwtAuth({ secret: authSecret, issuer: 'https://id.example', audience: 'app' })
    expect(await authenticate(request(await tokenFor('a', { iss: 'https://id.example', aud: 'app' })))).toMatchObject({
      userId: 'a',
    })
    await expect(
      authenticate(request(await tokenFor('a', { iss: 'https://evil.example', aud: 'app' }))),
    ).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(authenticate(request(await tokenFor('a', { iss: 'https://id.example' })))).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  test('a key server that cannot be reached is not the fault of the token', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const authenticate = jwtAuth({ jwks: 'http://127.0.0.1:1/keys.json' })
    await expect(authenticate(request(await signed(privateKey, 'ES256')))).rejects.not.toHaveProperty(
      'code',
      'unauthorized',
    )
  })

  test('asks for the party that a token was given to, where the app names some', async () => {
    const authenticate = jwtAuth({ secret: authSecret, authorizedParties: ['https://app.example', 'cli'] })
    for (const azp of ['https://app.example', 'cli']) {
      expect(await authenticate(request(await tokenFor('a', { azp })))).toMatchObject({ userId: 'a' })
    }
    for (const azp of [undefined, '', 'https://app.example.evil', 'CLI', 7, ['cli'], { cli: true }]) {
      await expect(authenticate(request(await tokenFor('a', { azp })))).rejects.toMatchObject({
        code: 'unauthorized',
        message: expect.stringContaining('"azp" claim'),
      })
    }
    // Who names nobody lets nobody in; who asks for none takes any.
    await expect(
      jwtAuth({ secret: authSecret, authorizedParties: [] })(request(await tokenFor('a', { azp: 'cli' }))),
    ).rejects.toMatchObject({ code: 'unauthorized' })
    expect(await jwtAuth({ secret: authSecret })(request(await tokenFor('a', { azp: 'any' })))).toMatchObject({
      userId: 'a',
    })
  })

  test.for([
    [{}, 'expected one of secret, publicKey and jwks, received none'],
    [{ issuer: 'https://id.example' }, 'received none'],
    [{ secret: authSecret, jwks: { keys: [] } }, 'received secret and jwks'],
    [{ publicKey: 'PEM' }, 'publicKey: needs algorithms'],
    [{ publicKey: 'PEM', algorithms: [] }, 'publicKey: needs algorithms'],
    // A text has others in it: none of them would be a party that was named.
    [
      { secret: authSecret, authorizedParties: 'https://app.example' },
      'authorizedParties: expected an array, received string',
    ],
  ] as const)('refuses options that cannot work at once: %o', ([options, error]) => {
    expect(() => jwtAuth(options as unknown as JwtAuthOptions)).toThrow(error)
  })

  test.for([
    [{ secret: undefined }, 'secret is undefined'],
    [{ secret: '' }, 'secret: expected at least 32 bytes, received 0'],
    [{ secret: 'short' }, 'secret: expected at least 32 bytes, received 5'],
    [{ jwks: undefined }, 'jwks is undefined'],
    [{ jwks: '' }, 'jwks: expected a URL or a key set, received ""'],
    [{ jwks: 'not a url' }, 'jwks: expected a URL or a key set, received "not a url"'],
    [{ jwks: {} }, 'JSON Web Key Set malformed'],
    [{ publicKey: undefined, algorithms: ['ES256'] }, 'publicKey is undefined'],
    [{ publicKey: 'PEM', algorithms: ['ES256'] }, 'publicKey: cannot be read as a key for ES256'],
    [{ publicKey: { kty: 'EC' } }, 'publicKey: a JWK without "alg"'],
    [{ secret: authSecret, issuer: undefined }, 'issuer is undefined'],
    [{ secret: authSecret, issuer: ['https://id.example', undefined] }, 'issuer is undefined'],
    [{ secret: authSecret, audience: undefined }, 'audience is undefined'],
    [{ secret: authSecret, authorizedParties: undefined }, 'authorizedParties is undefined'],
  ] as const)(
    'E10: a value that cannot work refuses nobody without a token, and no token is good: %o',
    async ([options, error]) => {
      const authenticate = jwtAuth(options as unknown as JwtAuthOptions)
      expect(await authenticate(request())).toBeNull()
      const answer = authenticate(request(await tokenFor('alice')))
      await expect(answer).rejects.toThrow(error)
      // It is no fault of the token.
      await expect(answer).rejects.not.toHaveProperty('code')
    },
  )

  test('a key is named, or it does not compile', () => {
    // @ts-expect-error a key is missing
    expect(() => jwtAuth({})).toThrow(TypeError)
    // @ts-expect-error there are two
    expect(() => jwtAuth({ secret: authSecret, publicKey: { kty: 'EC', alg: 'ES256' } })).toThrow(TypeError)
    expect(jwtAuth({ secret: process.env.A_VARIABLE_THAT_IS_NOT_SET })).toBeTypeOf('function')
  })
})

test.for([
  ['no page at all', {}, '101'],
  ['a page of the worker itself', { Origin: new URL(base).origin }, '101'],
  ['a page that the app has named', { Origin: 'https://friend.example' }, '101'],
  ['a foreign page', { Origin: 'https://evil.example' }, '401'],
  ['a page without an origin to tell', { Origin: 'null' }, '401'],
] as const)('E7: a cookie from %s', async ([, headers, status]) => {
  const path = `/ws/cookies:${crypto.randomUUID()}`
  expect(await answerTo(path, { ...headers, Cookie: 'session=alice' })).toMatch(new RegExp(`^HTTP/1.1 ${status}`))
  // One that has ended lets nobody in.
  expect(await answerTo(path, { ...headers, Cookie: 'session=former' })).toMatch(/^HTTP\/1.1 401/)
  // Without its cookie nobody is let in from anywhere.
  expect(await answerTo(path, headers)).toMatch(/^HTTP\/1.1 401/)
})
