/**
 * A request for an action as SolidStart can answer it. It sends the data of the next page with the result, and takes from the
 * referrer which page that is; where a page sends none, it would fail when the action has been done. Such an action goes
 * without, and its page asks afterwards.
 */
export function withoutFlight(request: Request): Request {
  if (!request.headers.has('x-single-flight') || request.headers.has('referer')) return request
  const headers = new Headers(request.headers)
  headers.delete('x-single-flight')
  return new Request(request, { headers })
}
