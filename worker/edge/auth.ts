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
import { DeepSpaceError } from '../../src/protocol/errors.ts'
import { checkIdentity, type Identity } from './identity.ts'

/** Where {@link jwtAuth} takes the key from. Exactly one of `secret`, `publicKey` and `jwks`. */
export interface JwtAuthOptions {
  /** A shared secret of at least 32 bytes (RFC 7518, 3.2); tokens are signed with HS256. */
  readonly secret?: string
  /** A public key: PEM (SPKI) text or a JWK. Needs `algorithms` when it is PEM text. */
  readonly publicKey?: string | JWK
  /** The URL of a key set, fetched when first needed and cached, or the set itself. */
  readonly jwks?: string | URL | JSONWebKeySet
  /** The algorithms to accept. Default: HS256 with a secret, what the key says with a JWK, the asymmetric ones with a key set. */
  readonly algorithms?: readonly string[]
  /**
   * The `iss` that a token must have; default: any. With several the user id is `<iss>|<sub>`: what two of them call the
   * same are two users.
   */
  readonly issuer?: string | readonly string[]
  /** The `aud` that a token must have; default: any. */
  readonly audience?: string | readonly string[]
  /** How far the clocks may differ, in seconds; default 5. */
  readonly clockTolerance?: number
}

const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/**
 * Verifies JSON Web Tokens with `jose`. The result is what `routeRooms` takes as `authenticate`: it reads the token
 * from `?token=` or an `Authorization: Bearer` header and gives `null` without one, the identity of a good one
 * (`sub` is the user id; `name`, `email`, `image` if they are text), and throws a `DeepSpaceError` for any other:
 * `token-expired`, or `unauthorized` with the reason. A token without `exp` is refused.
 *
 * Throws a `TypeError` at once when the options cannot work: no key, more than one, or a secret that is too short.
 */
export function jwtAuth(options: JwtAuthOptions): (request: Request) => Promise<Identity | null> {
  const tolerance = options.clockTolerance ?? 5
  const verify = verifierOf(options, tolerance)
  const severalIssuers = Array.isArray(options.issuer) && options.issuer.length > 1
  return async (request) => {
    const token = tokenOf(request)
    if (token === null) return null
    const claims = await verify(token)
    return identityOf(claims, tolerance, severalIssuers)
  }
}

type Verifier = (token: string) => Promise<JWTPayload>

function verifierOf(options: JwtAuthOptions, clockTolerance: number): Verifier {
  const given = (['secret', 'publicKey', 'jwks'] as const).filter((name) => options[name] !== undefined)
  if (given.length !== 1) {
    throw new TypeError(
      `jwtAuth: expected one of secret, publicKey and jwks, received ${given.length === 0 ? 'none (is the variable set?)' : given.join(' and ')}`,
    )
  }
  const checks: JWTVerifyOptions = {
    clockTolerance,
    requiredClaims: ['sub', 'exp'],
    ...(options.issuer !== undefined && { issuer: options.issuer as string | string[] }),
    ...(options.audience !== undefined && { audience: options.audience as string | string[] }),
  }
  const { secret, publicKey, jwks } = options
  if (typeof options.issuer === 'object' && options.issuer.some((issuer) => issuer.includes('|'))) {
    throw new TypeError('jwtAuth: issuer: "|" stands between an issuer and its user, and in no issuer')
  }

  if (secret !== undefined) {
    const key = new TextEncoder().encode(secret)
    if (key.length < 32) throw new TypeError(`jwtAuth: secret: expected at least 32 bytes, received ${key.length}`)
    const algorithms = [...(options.algorithms ?? ['HS256'])]
    return (token) => checked(() => jwtVerify(token, key, { ...checks, algorithms }))
  }

  if (publicKey !== undefined) {
    const algorithm = options.algorithms?.[0] ?? (typeof publicKey === 'string' ? undefined : publicKey.alg)
    if (algorithm === undefined) throw new TypeError('jwtAuth: publicKey: needs algorithms, e.g. ["ES256"]')
    const algorithms = [...(options.algorithms ?? [algorithm])]
    let key: Promise<CryptoKey | Uint8Array> | undefined
    return (token) => {
      key ??= typeof publicKey === 'string' ? importSPKI(publicKey, algorithm) : importJWK(publicKey, algorithm)
      return checked(async () => jwtVerify(token, await key!, { ...checks, algorithms }))
    }
  }

  const algorithms = [...(options.algorithms ?? asymmetric)]
  if (typeof jwks === 'string' || jwks instanceof URL) {
    const keys = createRemoteJWKSet(new URL(jwks))
    return async (token) => {
      // A set that was fetched a moment ago is not fetched again: a key that it lacks may be a new one.
      const mayBeOld = keys.coolingDown
      return checked(() => jwtVerify(token, keys, { ...checks, algorithms }), mayBeOld)
    }
  }
  const keys = createLocalJWKSet(jwks as JSONWebKeySet)
  return (token) => checked(() => jwtVerify(token, keys, { ...checks, algorithms }))
}

/**
 * Tells a bad token, which is the client's affair, from a key that could not be had, which is ours; one that an old set
 * of keys lacks is such a key.
 */
async function checked(verify: () => Promise<{ payload: JWTPayload }>, mayBeOld = false): Promise<JWTPayload> {
  try {
    return (await verify()).payload
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new DeepSpaceError('token-expired', 'The token has expired')
    const isNew = mayBeOld && error instanceof errors.JWKSNoMatchingKey
    const ours = isNew || error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
    // jose reports an unreachable or failing key server with its bare base class.
    const unreachable = error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC'
    if (!(error instanceof errors.JOSEError) || ours || unreachable) throw error
    throw new DeepSpaceError('unauthorized', `The token is not valid: ${error.message}`)
  }
}

function tokenOf(request: Request): string | null {
  const token = new URL(request.url).searchParams.get('token')
  if (token) return token
  const [scheme, value] = (request.headers.get('authorization') ?? '').split(' ')
  return scheme?.toLowerCase() === 'bearer' && value ? value : null
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
