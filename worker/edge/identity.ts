import { isPlainObject } from '../../src/protocol/json.ts'

/** Who is at the other end of a connection: what a verified token says, or an anonymous visitor. */
export interface Identity {
  /** The token's `sub`; `anon-<uuid>` for anonymous connections, a fresh one each. */
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly imageUrl?: string
  readonly anonymous: boolean
  /** When the connection has to end, in seconds since 1970; absent for anonymous connections. */
  readonly expiresAt?: number
}

/** Whether the connection of an identity has to end. */
export function hasEnded({ expiresAt }: Identity): boolean {
  return expiresAt !== undefined && expiresAt * 1000 <= Date.now()
}

/** A fresh anonymous identity (PROTOCOL A1). */
export function anonymousIdentity(): Identity {
  return { userId: `anon-${crypto.randomUUID()}`, name: 'Anonymous', email: '', anonymous: true }
}

/** The header in which the edge, and nobody else, tells a room who connects. */
const identityHeader = 'x-user-identity'

/** Puts an identity into the headers of a request for a room, in the place of whatever the client put there. */
export function writeIdentity(headers: Headers, identity: Identity): void {
  headers.set(identityHeader, encodeURIComponent(JSON.stringify(identity)))
}

/** The identity that the edge wrote, or `null` when the request did not come through the edge. */
export function readIdentity(headers: Headers): Identity | null {
  const text = headers.get(identityHeader)
  if (text === null) return null
  const value: unknown = JSON.parse(decodeURIComponent(text))
  return isPlainObject(value) ? (value as unknown as Identity) : null
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
