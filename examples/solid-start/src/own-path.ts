/** A path of this app, whatever a form says. */
export function ownPath(to: unknown): string {
  const path = typeof to === 'string' && URL.canParse(to, 'http://here') ? new URL(to, 'http://here') : undefined
  return path?.origin === 'http://here' ? path.pathname + path.search : '/'
}
