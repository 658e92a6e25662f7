import { expect, inject, test } from 'vitest'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

test('A1: the spy of this suite notices a room that sends a record to somebody who may not read it', async () => {
  const writer = await Wire.open(base, 'spied', 'alice', 'leaky')
  const stranger = await Wire.open(base, 'spied', 'bob', 'leaky')
  await writer.put('tasks', 'secret', { title: 'for my eyes only' })
  await stranger.drain()

  const response = await fetch(new URL('/spy/leaky', base))
  const { violations } = (await response.json()) as { violations: string[] }
  expect(violations).toContainEqual(
    expect.stringContaining('bob in spied: carries a record that it may not read (secret)'),
  )
  expect(violations).toContainEqual(
    expect.stringContaining('bob in spied: carries a text that it may not read (secret)'),
  )
  expect(violations.filter((violation) => violation.startsWith('alice'))).toEqual([])
})
