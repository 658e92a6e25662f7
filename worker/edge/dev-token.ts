import { decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { report } from './mistake.ts'

/** Where {@link devToken} answers. */
const path = '/dev/token'

/** What a token of development says it is, so that no other key is tried on it. */
const typ = 'dev+jwt'

/**
 * Signs people in while you develop, before the app has a sign-in: answers `/dev/token?user=<id>`, with `&name=<name>` if
 * you like, with a token for that user, good for an hour. `jwtAuth({ devSecret })` takes it. Gives `null` for any other path.
 *
 * It answers 404 with the reason, and `jwtAuth` takes none of these tokens, unless all of this holds: there is a
 * `secret` (keep it in `.dev.vars`, which is never deployed), the worker's host is a loopback one (`localhost`,
 * `127.0.0.1`), and the worker is no production build. Away from a loopback host it gives `null`, as if it were not there.
 */
export async function devToken(request: Request, secret: string | undefined): Promise<Response | null> {
  const url = new URL(request.url)
  if (url.pathname !== path) return null
  const reason = whyNot(request, secret)
  if (reason !== undefined) {
    // A deployment without a secret is as it should be, whatever strangers ask of it.
    if (secret || isLoopback(url.hostname)) report(`devToken: no token of development is given: ${reason}`)
    return isLoopback(url.hostname) ? new Response(`No token of development: ${reason}`, { status: 404 }) : null
  }
  const user = url.searchParams.get('user')
  if (!user) return new Response(`Whose token? Ask for ${path}?user=ann`, { status: 400 })
  const token = await new SignJWT({ name: url.searchParams.get('name') ?? user })
    .setProtectedHeader({ alg: 'HS256', typ })
    .setSubject(user)
    .setExpirationTime('1h')
    .sign(await keyOf(secret!))
  return new Response(token, { headers: { 'cache-control': 'no-store' } })
}

/**
 * What a token of development says, if it is good here; `null` for a token of any other kind. Throws a `DeepSpaceError`
 * where such a token is not accepted.
 */
export async function devClaims(token: string, request: Request, secret: string): Promise<JWTPayload | null> {
  if (!isDevToken(token)) return null
  const reason = whyNot(request, secret)
  if (reason !== undefined) {
    report(`jwtAuth: a token of development was refused: ${reason}`)
    throw new DeepSpaceError('unauthorized', 'Tokens of development are not accepted here')
  }
  const { payload } = await jwtVerify(token, await keyOf(secret), {
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'exp'],
  })
  return payload
}

function isDevToken(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === typ
  } catch {
    return false
  }
}

/** Why there is no signing in by tokens of development here; `undefined` where there is. */
function whyNot(request: Request, secret: string | undefined): string | undefined {
  const { hostname } = new URL(request.url)
  const origin = request.headers.get('origin')
  if (isProductionBuild()) return 'this is a production build; sign people in by a sign-in of your own'
  if (!secret) return 'there is no secret for it; put a line DEV_SECRET="..." into .dev.vars beside wrangler.toml'
  if (!isLoopback(hostname)) return `${hostname} is not this machine; open the app at localhost`
  // Any page on the web can open a WebSocket to this machine.
  if (origin !== null && !isLoopback(hostOf(origin))) return 'the page that asks is not of this machine'
  return undefined
}

/** What a bundler puts in the place of these words: `vite build` and `wrangler deploy` say production, unless they are told otherwise. */
function isProductionBuild(): boolean {
  try {
    return process.env.NODE_ENV === 'production'
  } catch {
    return false
  }
}

function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname)
}

function hostOf(origin: string): string {
  return URL.parse(origin)?.hostname ?? ''
}

/** A key of these tokens' own: whatever else is signed with the same secret by mistake, neither passes for the other. */
async function keyOf(secret: string): Promise<Uint8Array> {
  return new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`deepspace-solid development: ${secret}`)),
  )
}
