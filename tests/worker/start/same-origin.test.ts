import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foreignCall } from '../../../start/same-origin.ts'

const call = (headers: Record<string, string>, method = 'POST', path = '/_server?id=a') =>
  foreignCall(new Request(`https://app.example${path}`, { method, headers }), ['https://partner.example'])

test.for([
  [{ 'sec-fetch-site': 'same-origin' }],
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://app.example', cookie: 'session=x' }],
  // A page of ours that sends no referrer.
  [{ 'sec-fetch-site': 'same-origin', origin: 'null', cookie: 'session=x' }],
  // A browser that does not say from which site.
  [{ origin: 'https://app.example', cookie: 'session=x' }],
  // An origin that the app has named.
  [{ 'sec-fetch-site': 'cross-site', origin: 'https://partner.example', cookie: 'session=x' }],
  // No browser, and nobody's cookie.
  [{}],
] as const)('N12: a server function is called by %j', ([headers]) => {
  expect(call(headers)).toBeUndefined()
  expect(call({ ...headers, 'x-server-instance': 'server-fn:0' }, 'GET')).toBeUndefined()
  expect(call(headers, 'GET')).toBe('a server function is called by POST')
})

test('N12: and by nothing else, whatever else it says', () => {
  const foreign = fc.oneof(
    fc.record({ 'sec-fetch-site': fc.constantFrom('cross-site', 'same-site', 'none', '', 'Same-Origin') }),
    fc.record({
      origin: fc.constantFrom('https://evil.example', 'null', 'http://app.example', 'https://app.example:444'),
    }),
    fc.record({ cookie: fc.constant('session=x') }),
  )
  const more = fc.dictionary(
    fc.constantFrom('x-server-instance', 'x-server-id', 'referer', 'content-type', 'x-single-flight'),
    fc.constantFrom('https://app.example/', 'server-fn:0', 'text/plain', 'true'),
  )
  fc.assert(
    fc.property(foreign, more, fc.constantFrom('GET', 'POST', 'HEAD', 'PUT'), (headers, others, method) => {
      expect(call({ ...others, ...headers } as Record<string, string>, method)).toBeTypeOf('string')
    }),
  )
})

test('N12: pages and API routes are reached from anywhere', () => {
  for (const path of ['/', '/tasks/1', '/api/things', '/?next=/_server']) {
    expect(call({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 'GET', path)).toBeUndefined()
  }
  expect(call({ 'sec-fetch-site': 'cross-site' }, 'POST', '/base/_server?id=a')).toBeTypeOf('string')
})
