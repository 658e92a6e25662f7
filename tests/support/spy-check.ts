import { afterEach, expect, inject } from 'vitest'
import { violationsOf } from './rpc.ts'

// After every test: no connection of any test has been sent what it may not read.
afterEach(async () => {
  expect(await violationsOf(inject('base'))).toEqual([])
})
