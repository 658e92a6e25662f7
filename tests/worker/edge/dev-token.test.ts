import fc from 'fast-check'
import { decodeJwt, SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { jwtAuth } from '../../../worker/edge/auth.ts'
import { devToken } from '../../../worker/edge/dev-token.ts'
import { authSecret, tokenFor } from '../../support/users.ts'

const devSecret = 'of this machine'
const here = 'http://localhost:5173'

/** Asks for a token of development. */
const ask = (origin = here, search = '?user=ann', secret: string | undefined = devSecret) =>
  devToken(new Request(`${origin}/dev/token${search}`), secret)

const ring = (token: string, host = here, headers: Record<string, string> = {}) =>
  new Request(`${host}/ws/a?token=${token}`, { headers })

async function given(search?: string): Promise<string> {
  const response = await ask(here, search)
  expect(response!.status).toBe(200)
  return response!.text()
}

describe('E11: tokens of development', () => {
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllEnvs()
  })

  test('are given for any user, for an hour, and taken by jwtAuth with the same secret', async () => {
    const token = await given('?user=ann&name=Ann%20A.')
    expect(decodeJwt(token).exp! - Date.now() / 1000).toBeCloseTo(3600, -1)
    for (const options of [
      { secret: authSecret },
      { secret: undefined },
      { secret: authSecret, issuer: 'https://id.example' },
    ]) {
      expect(await jwtAuth({ ...options, devSecret })(ring(token))).toMatchObject({
        userId: 'ann',
        name: 'Ann A.',
        anonymous: false,
        expiresAt: decodeJwt(token).exp,
      })
    }
    expect(await jwtAuth({ secret: undefined, devSecret })(ring(await given()))).toMatchObject({ name: 'ann' })
    // A page of this machine on another port is one of this machine.
    expect(
      await jwtAuth({ secret: undefined, devSecret })(ring(token, here, { origin: 'http://localhost:3000' })),
    ).toMatchObject({ userId: 'ann' })
  })

  test('leave the tokens of the app as they are', async () => {
    const authenticate = jwtAuth({ secret: authSecret, devSecret })
    expect(await authenticate(ring(await tokenFor('alice')))).toMatchObject({ userId: 'alice' })
    expect(await authenticate(ring(await tokenFor('alice'), 'https://app.example'))).toMatchObject({ userId: 'alice' })
    expect(await authenticate(new Request(`${here}/ws/a`))).toBeNull()
    await expect(authenticate(ring('a.b.c'))).rejects.toMatchObject({ code: 'unauthorized' })
  })

  test('nothing else is answered, and whose token it is has to be said', async () => {
    for (const path of ['/', '/dev', '/dev/token/', '/dev/tokens', '/ws/dev/token']) {
      expect(await devToken(new Request(here + path), devSecret)).toBeNull()
    }
    const nobody = await ask(here, '')
    expect(nobody!.status).toBe(400)
    expect(await nobody!.text()).toContain('/dev/token?user=ann')
  })

  test('none is given and none is taken without the secret, or with another', async () => {
    const refused = await devToken(new Request(`${here}/dev/token?user=ann`), undefined)
    expect(refused!.status).toBe(404)
    expect(await refused!.text()).toContain('.dev.vars')
    const token = await given()
    for (const options of [
      { secret: authSecret },
      { secret: authSecret, devSecret: '' },
      { secret: authSecret, devSecret: 'x' },
    ]) {
      await expect(jwtAuth(options)(ring(token))).rejects.toMatchObject({ code: 'unauthorized' })
    }
  })

  test('none is given and none is taken by a production build, wherever it runs and whatever it is told', async () => {
    const token = await given()
    vi.stubEnv('NODE_ENV', 'production')
    const refused = await ask()
    expect(refused!.status).toBe(404)
    expect(await refused!.text()).toContain('production build')
    await expect(jwtAuth({ secret: authSecret, devSecret })(ring(token))).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  test('none is given and none is taken at a host that is not this machine, whatever it looks like', async () => {
    const token = await given()
    const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/)
    const foreign = fc.oneof(
      fc.domain(),
      fc.ipV4().filter((ip) => !/^(0x7f|0*177|127)/i.test(ip)),
      fc
        .tuple(fc.constantFrom('localhost', '127.0.0.1', 'x.localhost'), label, label)
        .map(([a, b, c]) => `${a}.${b}.${c}z`),
      fc.tuple(label, fc.constantFrom('localhost', '127')).map(([a, b]) => `${a}-${b}.example`),
      fc.constantFrom('[::2]', '[fe80::1]', '0.0.0.0', '192.168.1.5', '10.0.0.1', 'localhost.', 'notlocalhost'),
    )
    await fc.assert(
      fc.asyncProperty(foreign, async (host) => {
        expect(await ask(`http://${host}`)).toBeNull()
        await expect(jwtAuth({ secret: authSecret, devSecret })(ring(token, `http://${host}`))).rejects.toMatchObject({
          code: 'unauthorized',
        })
      }),
    )
    for (const host of ['localhost', 'app.localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
      expect((await ask(`http://${host}:8787`))!.status).toBe(200)
    }
  })

  test('none is taken from a page of another machine, which may open a WebSocket to this one', async () => {
    const token = await given()
    for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null', 'nonsense', '']) {
      await expect(jwtAuth({ secret: authSecret, devSecret })(ring(token, here, { origin }))).rejects.toMatchObject({
        code: 'unauthorized',
      })
    }
  })

  test('neither secret passes for the other, even where they are the same by mistake', async () => {
    const same = authSecret
    const token = await (await ask(here, '?user=ada', same))!.text()
    await expect(jwtAuth({ secret: same })(ring(token, 'https://app.example'))).rejects.toMatchObject({
      code: 'unauthorized',
    })
    const forged = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', typ: 'dev+jwt' })
      .setSubject('ada')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(devSecret))
    await expect(jwtAuth({ secret: authSecret, devSecret })(ring(forged))).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })
})
