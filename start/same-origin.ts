/**
 * Why a request must not reach a server function, or `undefined` where it may. Every browser says where a request comes from,
 * and neither a form of another site nor a link may call one in a visitor's name: SameSite cookies travel with a link, and
 * from a sibling subdomain.
 */
export function foreignCall(request: Request, origins: readonly string[] = []): string | undefined {
  if (!isFunctionCall(request)) return undefined
  const { method, url, headers } = request
  // Only a script of ours can set it; a link never does.
  if (method !== 'POST' && !headers.has('x-server-instance')) return 'a server function is called by POST'
  const origin = headers.get('origin')
  if (origin !== null && origins.includes(origin)) return undefined
  const site = headers.get('sec-fetch-site')
  // A page that sends no referrer has no origin either, so this is asked first.
  if (site !== null) return site === 'same-origin' ? undefined : `the request comes from another site (${site})`
  if (origin !== null) return origin === new URL(url).origin ? undefined : `the request comes from ${origin}`
  return headers.has('cookie') ? 'the request does not say where it comes from' : undefined
}

/** Whether a request is for a server function: SolidStart takes every path that begins like this, behind the base of the app. */
export function isFunctionCall({ url }: Request): boolean {
  return new URL(url).pathname.includes('/_server')
}
