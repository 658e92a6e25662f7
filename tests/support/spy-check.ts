import { afterEach, expect, inject } from 'vitest'

// After every test: no connection of any test has been sent what it may not read.
afterEach(async () => {
  const response = await fetch(new URL('/spy', inject('base')))
  const { violations } = (await response.json()) as { violations: string[] }
  expect(violations).toEqual([])
})
