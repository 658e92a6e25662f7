import { expect, inject, test } from 'vitest'
import { hunt } from './hunt.ts'

test('A1-A10, Q12, V3, W9: whatever is done in whatever room, nobody is sent what they may not read, and numbers are true', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const tally = await hunt(inject('base'), seed, 8_000 * inject('effort'))
  console.log(`seed ${seed}: ${JSON.stringify({ ...tally, leaks: undefined })}`)
  expect(tally.leaks, `again: npm run test:leaks -- --seed ${seed}`).toEqual([])
  // It has looked at something.
  for (const seen of [tally.rooms, tally.deeds, tally.frames, tally.cut, tally.canaries, tally.counts]) {
    expect(seen).toBeGreaterThan(0)
  }
}, 600_000)

test('the hunt finds a leak where there is one: here everybody may read what they must not', async () => {
  const tally = await hunt(inject('base'), 7, 4_000, () => false)
  expect(tally.leaks.length).toBeGreaterThan(0)
}, 60_000)
