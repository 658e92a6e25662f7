import { DeepSpaceError, typeName } from '../../src/protocol/errors.ts'
import { isPlainObject } from '../../src/protocol/json.ts'
import { isVisitorId, visitorPrefix } from '../../src/protocol/visitor-id.ts'

/** Who is at the other end of a connection: what a verified token says, or an anonymous visitor. */
export interface Identity {
  /** The token's `sub`; `anon-<uuid>` for anonymous connections, a fresh one each. */
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly imageUrl?: string | undefined
  readonly anonymous: boolean
  /** When the connection has to end, in seconds since 1970; absent for anonymous connections. */
  readonly expiresAt?: number | undefined
}

/** Whether the connection of an identity has to end. */
export function hasEnded({ expiresAt }: Identity): boolean {
  return expiresAt !== undefined && expiresAt * 1000 <= Date.now()
}

/** A fresh anonymous identity (E2). */
export function anonymousIdentity(): Identity {
  return { userId: `${visitorPrefix}${crypto.randomUUID()}`, name: 'Anonymous', email: '', anonymous: true }
}

/** How long the texts of an identity may be, in characters: with all of them at their longest it fits in an attachment. */
const longest = { userId: 256, name: 512, email: 512, imageUrl: 2048 } as const

/** The last moment that a `Date` and an alarm can name, in seconds since 1970. */
const endOfTime = 8.64e12

/**
 * An identity as a room takes it, with nothing in it but what it is made of. A name or address that is too long is cut,
 * an image's URL left out. Throws a `DeepSpaceError` with the code `unauthorized` that names what makes it none.
 */
export function checkIdentity(value: unknown): Identity {
  const refuse = (member: string, expected: string, received: unknown): never => {
    throw new DeepSpaceError('unauthorized', `Identity: ${member}expected ${expected}, received ${typeName(received)}`)
  }
  if (!isPlainObject(value)) return refuse('', 'an identity', value)
  const { userId, name, email, imageUrl, anonymous, expiresAt } = value
  if (typeof userId !== 'string') return refuse('userId: ', 'text', userId)
  if (userId.length === 0 || userId.length > longest.userId || !userId.isWellFormed()) {
    throw new DeepSpaceError('unauthorized', `Identity: userId: expected 1 to ${longest.userId} characters of text`)
  }
  if (anonymous === false && (userId === 'system' || isVisitorId(userId))) {
    throw new DeepSpaceError('unauthorized', `Identity: userId: ${JSON.stringify(userId)} is an id of the room's own`)
  }
  if (typeof name !== 'string') return refuse('name: ', 'text', name)
  if (typeof email !== 'string') return refuse('email: ', 'text', email)
  if (typeof anonymous !== 'boolean') return refuse('anonymous: ', 'a boolean', anonymous)
  const isShown = typeof imageUrl === 'string' && imageUrl.length <= longest.imageUrl
  if (expiresAt !== undefined && (typeof expiresAt !== 'number' || Number.isNaN(expiresAt))) {
    return refuse('expiresAt: ', 'seconds since 1970', expiresAt)
  }
  return {
    userId,
    name: name.slice(0, longest.name),
    email: email.slice(0, longest.email),
    ...(isShown && { imageUrl }),
    anonymous,
    ...(expiresAt !== undefined && { expiresAt: Math.min(expiresAt, endOfTime) }),
  }
}

/**
 * Takes everything off a request's headers that could tell a room who sent it: `x-user-*`, and the credentials that
 * only the edge has any use for.
 */
export function stripIdentity(headers: Headers): void {
  for (const name of [...headers.keys()]) {
    if (name.startsWith('x-user-')) headers.delete(name)
  }
  headers.delete('authorization')
  headers.delete('cookie')
}
