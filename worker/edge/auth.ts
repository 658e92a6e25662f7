import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  importJWK,
  importSPKI,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose'
import { DeepSpaceError, quoted, typeName } from '../../src/protocol/errors.ts'
import { devClaims } from './dev-token.ts'
import { checkIdentity, type Identity } from './identity.ts'
import { Mistake, report } from './mistake.ts'

/**
 * Where {@link jwtAuth} takes the key from: exactly one of the three. A key that is `undefined`, because its variable is
 * not set, lets nobody sign in, and says so in the log.
 */
export type JwtAuthKey =
  | {
      /** A shared secret of at least 32 bytes (RFC 7518, 3.2); tokens are signed with HS256. */
      readonly secret: string | undefined
      readonly publicKey?: undefined
      readonly jwks?: undefined
    }
  | {
      /** A public key: PEM (SPKI) text or a JWK. Needs `algorithms` when it is PEM text. */
      readonly publicKey: string | JWK | undefined
      readonly secret?: undefined
      readonly jwks?: undefined
    }
  | {
      /** The URL of a key set, fetched when first needed and cached, or the set itself. */
      readonly jwks: string | URL | JSONWebKeySet | undefined
      readonly secret?: undefined
      readonly publicKey?: undefined
    }

/** What {@link jwtAuth} asks of a token beside its signature, `sub` and `exp`. */
export interface JwtAuthChecks {
  /** The algorithms to accept. Default: HS256 with a secret, what the key says with a JWK, the asymmetric ones with a key set. */
  readonly algorithms?: readonly string[] | undefined
  /**
   * The `iss` that a token must have; default: any. With several the user id is `<iss>|<sub>`: what two of them call the
   * same are two users.
   */
  readonly issuer?: string | readonly string[] | undefined
  /** The `aud` that a token must have; default: any. */
  readonly audience?: string | readonly string[] | undefined
  /**
   * The `azp` that a token must have, one of these: the client, or the origin, that the token was given to. A token
   * without `azp` is then refused. Default: any, and none.
   */
  readonly authorizedParties?: readonly string[] | undefined
  /** The name of a cookie that holds the token where neither `?token=` nor a header does; default: none is read. */
  readonly cookie?: string | undefined
  /** How far the clocks may differ, in seconds; default 5. */
  readonly clockTolerance?: number | undefined
  /** Takes the tokens of `devToken` as well, where that gives any: with the same secret, on your machine alone. Default: none. */
  readonly devSecret?: string | undefined
}

/** The options of {@link jwtAuth}. */
export type JwtAuthOptions = JwtAuthKey & JwtAuthChecks

const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * Verifies JSON Web Tokens with `jose`. The result is what `routeRooms` takes as `authenticate`: it reads the token
 * from `?token=`, an `Authorization: Bearer` header or the `cookie` and gives `null` without one, the identity of a good one
 * (`sub` is the user id; `name`, `email`, `image` if they are text), and throws a `DeepSpaceError` for any other:
 * `token-expired`, or `unauthorized` with the reason. A token without `exp` is refused.
 *
 * Throws a `TypeError` at once when the options cannot work whatever the environment holds: no key is named, or more
 * than one. A value that cannot work (a variable that is not set, a secret that is too short, a key that cannot be
 * read) is said in the log, once, and every token then gets a 503; requests without a token are none the worse for it.
 */
export function jwtAuth(options: JwtAuthOptions): (request: Request) => Promise<Identity | null> {
  const tolerance = options.clockTolerance ?? 5
  const verify = verifierOf(options, tolerance)
  const severalIssuers = Array.isArray(options.issuer) && options.issuer.length > 1
  const { devSecret, authorizedParties } = options
  return async (request) => {
    const token = tokenOf(request, options.cookie)
    if (token === null) return null
    const devClaimed = devSecret ? await checked(() => devClaims(token, request, devSecret)) : null
    if (devClaimed) return identityOf(devClaimed, 0, false)
    const claims = await verify(token)
    if (authorizedParties && !(typeof claims.azp === 'string' && authorizedParties.includes(claims.azp))) {
      throw refusal(claims.azp === undefined ? 'missing required "azp" claim' : 'unexpected "azp" claim value')
    }
    return identityOf(claims, tolerance, severalIssuers)
  }
}

type Verifier = (token: string) => Promise<JWTPayload>

const keyNames = ['secret', 'publicKey', 'jwks'] as const
const checkNames = ['algorithms', 'issuer', 'audience', 'authorizedParties'] as const

function verifierOf(options: JwtAuthOptions, clockTolerance: number): Verifier {
  const named = keyNames.filter((name) => name in options)
  const given = named.filter((name) => options[name] !== undefined)
  if (named.length === 0 || given.length > 1) {
    const received = named.length === 0 ? 'none' : given.join(' and ')
    throw new TypeError(`jwtAuth: expected one of secret, publicKey and jwks, received ${received}`)
  }
  if (typeof options.publicKey === 'string' && !options.algorithms?.length) {
    throw new TypeError('jwtAuth: publicKey: needs algorithms, e.g. ["ES256"]')
  }
  if (typeof options.issuer === 'object' && options.issuer.some((issuer) => issuer?.includes('|'))) {
    throw new TypeError('jwtAuth: issuer: "|" stands between an issuer and its user, and in no issuer')
  }
  const { authorizedParties } = options
  if (authorizedParties !== undefined && !Array.isArray(authorizedParties)) {
    throw new TypeError(`jwtAuth: authorizedParties: expected an array, received ${typeName(authorizedParties)}`)
  }
  try {
    // An option whose variable is not set would be a check that is not made.
    const unset =
      given.length === 0
        ? named[0]
        : checkNames.find((name) => name in options && [options[name]].flat().includes(undefined))
    if (unset !== undefined) throw new TypeError(`${unset} is undefined: is the variable set that it is read from?`)
    return verifierWith(options, clockTolerance)
  } catch (error) {
    const mistake = new Mistake(
      `jwtAuth: nobody can sign in: ${(error as Error).message} ` +
        'Put it into .dev.vars while you develop, and set it with `wrangler secret put` for what you deploy.',
    )
    // Where tokens of development are taken the want of any other is no mistake yet.
    if (!options.devSecret) report(mistake.message)
    return () => Promise.reject(mistake)
  }
}

function verifierWith(options: JwtAuthOptions, clockTolerance: number): Verifier {
  const checks: JWTVerifyOptions = {
    clockTolerance,
    requiredClaims: ['sub', 'exp'],
    ...(options.issuer !== undefined && { issuer: options.issuer as string | string[] }),
    ...(options.audience !== undefined && { audience: options.audience as string | string[] }),
  }
  const { secret, publicKey, jwks } = options

  if (secret !== undefined) {
    const key = new TextEncoder().encode(secret)
    if (key.length < 32) throw new TypeError(`secret: expected at least 32 bytes, received ${key.length}.`)
    const algorithms = [...(options.algorithms ?? ['HS256'])]
    return (token) => checked(() => jwtVerify(token, key, { ...checks, algorithms }).then(payloadOf))
  }

  if (publicKey !== undefined) {
    const algorithm = options.algorithms?.[0] ?? (typeof publicKey === 'string' ? undefined : publicKey.alg)
    if (algorithm === undefined) throw new TypeError('publicKey: a JWK without "alg" needs algorithms, e.g. ["ES256"].')
    const algorithms = [...(options.algorithms ?? [algorithm])]
    let key: CryptoKey | Uint8Array | undefined
    return async (token) => {
      // Kept once it is there: what one request waits for another must not.
      const imported = key ?? (await keyOf(publicKey, algorithm))
      key = imported
      return checked(() => jwtVerify(token, imported, { ...checks, algorithms }).then(payloadOf))
    }
  }

  const algorithms = [...(options.algorithms ?? asymmetric)]
  if (typeof jwks === 'string' || jwks instanceof URL) {
    const url = URL.parse(String(jwks))
    if (!url) throw new TypeError(`jwks: expected a URL or a key set, received ${quoted(String(jwks))}.`)
    const keys = remoteKeys.get(url.href) ?? createRemoteJWKSet(url)
    remoteKeys.set(url.href, keys)
    return async (token) => {
      // A set that was fetched a moment ago is not fetched again: a key that it lacks may be a new one.
      const mayBeOld = keys.coolingDown
      return checked(() => jwtVerify(token, keys, { ...checks, algorithms }).then(payloadOf), mayBeOld)
    }
  }
  const keys = createLocalJWKSet(jwks as JSONWebKeySet)
  return (token) => checked(() => jwtVerify(token, keys, { ...checks, algorithms }).then(payloadOf))
}

/** The key sets that are fetched, by URL: an app may call {@link jwtAuth} anew for each request. */
const remoteKeys = new Map<string, ReturnType<typeof createRemoteJWKSet>>()

const payloadOf = ({ payload }: { payload: JWTPayload }): JWTPayload => payload

async function keyOf(publicKey: string | JWK, algorithm: string): Promise<CryptoKey | Uint8Array> {
  try {
    return await (typeof publicKey === 'string' ? importSPKI(publicKey, algorithm) : importJWK(publicKey, algorithm))
  } catch (error) {
    throw new Mistake(
      `jwtAuth: nobody can sign in: publicKey: cannot be read as a key for ${algorithm} (${(error as Error).message}): expected PEM text that begins with -----BEGIN PUBLIC KEY-----, or a JWK.`,
    )
  }
}

/**
 * Tells a bad token, which is the client's affair, from a key that could not be had, which is ours; one that an old set
 * of keys lacks is such a key.
 */
async function checked<T>(verify: () => Promise<T>, mayBeOld = false): Promise<T> {
  try {
    return await verify()
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new DeepSpaceError('token-expired', 'The token has expired')
    const isNew = mayBeOld && error instanceof errors.JWKSNoMatchingKey
    const ours = isNew || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
    // jose reports an unreachable or failing key server with its bare base class.
    const unreachable = error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC'
    if (!(error instanceof errors.JOSEError) || ours || unreachable) throw error
    throw refusal(error.message, error.code)
  }
}

/** A token is refused: its bearer learns why, and so does, once, whoever has set up what signs tokens. */
function refusal(reason: string, code?: string): DeepSpaceError {
  report(`jwtAuth: a token was refused: ${reason}${adviceOn(reason, code)}`)
  return new DeepSpaceError('unauthorized', `The token is not valid: ${reason}`)
}

function adviceOn(reason: string, code?: string): string {
  if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return ': is it signed with the key that jwtAuth has?'
  if (code === 'ERR_JWS_INVALID')
    return ': is what getToken gives, or the cookie holds, a token, and not a page or a message?'
  if (reason.includes('"exp"')) return ": sign it with an end, e.g. setExpirationTime('1h') of jose"
  if (reason.includes('"sub"')) return ': sign it with the id of its user as subject'
  return ''
}

function tokenOf({ url, headers }: Request, cookie: string | undefined): string | null {
  const token = new URL(url).searchParams.get('token')
  if (token) return token
  const [scheme, value] = (headers.get('authorization') ?? '').split(' ')
  if (scheme?.toLowerCase() === 'bearer' && value) return value
  for (const pair of (cookie === undefined ? '' : (headers.get('cookie') ?? '')).split(';')) {
    const [name, ...rest] = pair.split('=')
    const text = rest.join('=').trim()
    if (name!.trim() === cookie && text) return text
  }
  return null
}

function identityOf(claims: JWTPayload, tolerance: number, severalIssuers: boolean): Identity {
  const { sub, exp, iss } = claims
  const text = (claim: unknown): string => (typeof claim === 'string' ? claim : '')
  return checkIdentity({
    userId: severalIssuers && typeof sub === 'string' && sub !== '' ? `${iss}|${sub}` : sub,
    name: text(claims.name) || text(sub),
    email: text(claims.email),
    imageUrl: claims.image,
    anonymous: false,
    // As long as a token is accepted, so long its connection lasts: one without the other would be opened and closed in a loop.
    expiresAt: exp === undefined ? undefined : exp + tolerance,
  })
}
