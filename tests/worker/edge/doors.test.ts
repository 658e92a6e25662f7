import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jwtAuth } from '../../../worker/edge/auth.ts'
import { checkIdentity } from '../../../worker/edge/identity.ts'
import { createOwnRooms } from '../../support/own-rooms.ts'
import { callRoom } from '../../support/rpc.ts'
import { upgrade } from '../../support/upgrade.ts'
import { authSecret, tokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const rooms = createOwnRooms()
const request = (token: string) => new Request(`https://app.example/ws/a?token=${token}`)

describe('E3: a room that an app reaches by a fetch of its own', () => {
  const identity = { userId: 'root', name: 'Root', email: '', anonymous: false }

  test.for([
    {},
    { 'x-user-identity': encodeURIComponent(JSON.stringify(identity)) },
    { 'x-user-id': 'root', 'x-user-role': 'admin' },
    { 'x-room-ticket': '' },
    { 'x-room-ticket': 'undefined' },
    { 'x-room-ticket': '00000000-0000-4000-8000-000000000000' },
  ])('believes nothing that stands in the request: %j', async (headers) => {
    const { socket, answer } = await upgrade(rooms.base, '/direct', headers as Record<string, string>)
    socket.destroy()
    expect(answer).toMatch(/^HTTP\/1.1 401/)
  })

  test('takes a ticket that the edge got over RPC, once', async () => {
    const ticket = (await callRoom(rooms.base, 'direct', 'ticketFor', [identity])).result as string
    const first = await upgrade(rooms.base, '/direct', { 'x-room-ticket': ticket })
    expect(first.answer).toMatch(/^HTTP\/1.1 101/)
    const second = await upgrade(rooms.base, '/direct', { 'x-room-ticket': ticket })
    expect(second.answer).toMatch(/^HTTP\/1.1 401/)
    first.socket.destroy()
    second.socket.destroy()
  })

  test('gives no ticket to what is no identity', async () => {
    for (const wrong of [null, undefined, {}, 'root', { ...identity, userId: '' }]) {
      expect(await callRoom(rooms.base, 'direct', 'ticketFor', [wrong])).toMatchObject({
        details: { code: 'unauthorized' },
      })
    }
  })
})

describe('E8: identities are bounded', () => {
  test('an identity that is long is cut, and everybody is there after a sleep', async () => {
    const room = crypto.randomUUID()
    const name = 'n'.repeat(10_000)
    const token = await tokenFor('long', { name, email: name, image: `https://img.example/${name}` })
    const long = await Wire.knock(rooms.base, room, `v=1&token=${token}`)
    await long.until(({ type }) => type === 'user.info')
    expect(long.user).toMatchObject({ id: 'long', name: 'n'.repeat(512), email: 'n'.repeat(512) })
    expect(long.user).not.toHaveProperty('imageUrl')
    const bob = await Wire.open(rooms.base, room, 'bob')
    await Promise.all([long.drain(), bob.drain()])
    await rooms.sleep(room)
    expect(await bob.put('samples', 'a', {})).toMatchObject({ success: true })
    expect(await long.put('samples', 'b', {})).toMatchObject({ success: true })
  })

  test.each(['system', 'anon-bob', 'anon-'])(
    'E9: %s is an id of the room’s own: no token gives it to anybody',
    async (sub) => {
      const { answer, socket } = await upgrade(rooms.base, `/ws/${crypto.randomUUID()}?token=${await tokenFor(sub)}`)
      socket.destroy()
      expect(answer).toMatch(/^HTTP\/1.1 401/)
      expect(() => checkIdentity({ userId: sub, name: sub, email: '', anonymous: false })).toThrow(
        `Identity: userId: "${sub}" is an id of the room's own`,
      )
    },
  )

  test('a token that never expires in any life is good, and leaves no ghost of its connection', async () => {
    const room = crypto.randomUUID()
    for (const exp of [10 ** 10, 10 ** 12, 10 ** 15]) {
      const wire = await Wire.knock(rooms.base, room, `v=1&token=${await tokenFor('alice', { exp })}`)
      await wire.until(({ type }) => type === 'user.info')
      expect(await wire.put('samples', 'a', { number: exp })).toMatchObject({ success: true })
      await wire.close()
    }
    await expect.poll(async () => (await callRoom(rooms.base, room, 'connected', [])).result).toEqual([])
  })

  test('whatever an app takes for an identity is one of few kilobytes, or none', () => {
    const texts = fc.oneof(fc.string({ maxLength: 5000 }), fc.constant('x'.repeat(100_000)))
    const anything = fc.record(
      {
        userId: fc.oneof(texts, fc.anything()),
        name: fc.oneof(texts, fc.anything()),
        email: fc.oneof(texts, fc.anything()),
        imageUrl: fc.oneof(texts, fc.anything()),
        anonymous: fc.oneof(fc.boolean(), fc.anything()),
        expiresAt: fc.oneof(fc.double(), fc.anything()),
        role: fc.constant('admin'),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(anything, fc.anything()), (value) => {
        let identity: ReturnType<typeof checkIdentity>
        try {
          identity = checkIdentity(value)
        } catch (error) {
          expect(error).toMatchObject({ name: 'DeepSpaceError', code: 'unauthorized' })
          return
        }
        expect(JSON.stringify(identity).length).toBeLessThan(8 * 3500)
        const { userId, name, email, imageUrl = '' } = identity
        expect(2 * (userId + name + email + imageUrl).length).toBeLessThan(8 * 1024)
        expect(identity).not.toHaveProperty('role')
        expect(new Date((identity.expiresAt ?? 0) * 1000).getTime()).not.toBeGreaterThan(8.64e15)
      }),
    )
  })
})

describe('E5: keys and issuers', () => {
  test('the same name from several issuers is several users', async () => {
    const issuer = ['https://one.example', 'https://two.example']
    const authenticate = jwtAuth({ secret: authSecret, issuer })
    const ids = await Promise.all(
      issuer.map(async (iss) => (await authenticate(request(await tokenFor('ann', { iss }))))!.userId),
    )
    expect(ids).toEqual(['https://one.example|ann', 'https://two.example|ann'])
    // A name that looks like that of another issuer's user is not that user.
    const forged = await authenticate(request(await tokenFor('https://two.example|ann', { iss: issuer[0] })))
    expect(forged!.userId).toBe('https://one.example|https://two.example|ann')
    const [only] = issuer
    expect(
      await jwtAuth({ secret: authSecret, issuer: [only!] })(request(await tokenFor('ann', { iss: only }))),
    ).toMatchObject({
      userId: 'ann',
    })
    expect(() => jwtAuth({ secret: authSecret, issuer: ['a|b', 'c'] })).toThrow('issuer')
  })

  test('a key that the set lacks may be new: that is no refusal, and it is good once the set is fetched again', async () => {
    const signer = async (kid: string) => {
      const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
      const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }
      const sign = () =>
        new SignJWT({})
          .setProtectedHeader({ alg: 'ES256', kid })
          .setSubject('ann')
          .setExpirationTime('1h')
          .sign(privateKey)
      return { jwk, sign }
    }
    const [old, next] = await Promise.all([signer('old'), signer('next')])
    const keys = [old.jwk]
    const { url } = await serveKeys(keys)
    const authenticate = jwtAuth({ jwks: url })
    expect(await authenticate(request(await old.sign()))).toMatchObject({ userId: 'ann' })
    // Rotated a moment after the set was fetched.
    keys.splice(0, 1, next.jwk)
    await expect(authenticate(request(await next.sign()))).rejects.not.toMatchObject({ name: 'DeepSpaceError' })
    // Where the set is fetched anew the key is found, and what is not in that is refused.
    const later = jwtAuth({ jwks: `${url}?later` })
    expect(await later(request(await next.sign()))).toMatchObject({ userId: 'ann' })
    const fresh = jwtAuth({ jwks: `${url}?fresh` })
    await expect(fresh(request(await old.sign()))).rejects.toMatchObject({ code: 'unauthorized' })
  })
})

test('E5: a key set is fetched once, though jwtAuth is called anew for each request, as in the README', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const { url, asked } = await serveKeys([{ ...(await exportJWK(publicKey)), alg: 'ES256' }])
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'ES256' })
    .setSubject('ann')
    .setExpirationTime('1h')
    .sign(privateKey)
  for (const jwks of [url, url, new URL(url)]) {
    expect(await jwtAuth({ jwks })(request(token))).toMatchObject({ userId: 'ann' })
  }
  expect(asked()).toBe(1)
})

/** A server of a key set on the loopback, and how often it has been asked. */
async function serveKeys(keys: readonly JWK[]): Promise<{ url: string; server: Server; asked: () => number }> {
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys.json`, server, asked: () => asked }
}

describe('E12: a token in a cookie', () => {
  const secret = authSecret
  const withCookie = (cookie: string, search = '', headers: Record<string, string> = {}) =>
    new Request(`https://app.example/ws/a${search}`, { headers: { cookie, ...headers } })

  test('is read from the cookie that the app has named, and from no other', async () => {
    const identify = jwtAuth({ secret, cookie: 'session' })
    const token = await tokenFor('ann')
    for (const cookie of [
      `session=${token}`,
      `a=b; session=${token}; c=d`,
      `session=${token};`,
      ` session = ${token} `,
    ]) {
      expect(await identify(withCookie(cookie))).toMatchObject({ userId: 'ann' })
    }
    for (const cookie of ['', 'session=', `xsession=${token}`, `other=session=${token}`, `Session=${token}`]) {
      expect(await identify(withCookie(cookie))).toBeNull()
    }
    expect(await jwtAuth({ secret })(withCookie(`session=${token}`))).toBeNull()
  })

  test('counts less than one in the URL or in a header, and is refused like those', async () => {
    const identify = jwtAuth({ secret, cookie: 'session' })
    const [ann, bob] = [await tokenFor('ann'), await tokenFor('bob')]
    expect(await identify(withCookie(`session=${ann}`, `?token=${bob}`))).toMatchObject({ userId: 'bob' })
    const headers = { authorization: `Bearer ${bob}` }
    expect(await identify(withCookie(`session=${ann}`, '', headers))).toMatchObject({ userId: 'bob' })
    await expect(identify(withCookie('session=garbage'))).rejects.toMatchObject({ code: 'unauthorized' })
  })
})
