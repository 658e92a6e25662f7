import { expect, test } from 'vitest'
import { createOwnProcess } from '../../support/own-process.ts'
import { Wire } from '../../support/wire.ts'

const start = createOwnProcess()

test('W7: what was acknowledged is there after the process is killed right behind the ACK', async () => {
  for (const round of [1, 2, 3]) {
    const worker = await start()
    try {
      const alice = await Wire.open(worker.base, 'durable', 'alice')
      const ids = Array.from({ length: 20 }, (_, i) => `round ${round}, record ${i}`)
      const acks = await Promise.all(ids.map((id) => alice.put('tasks', id, { title: id })))
      expect(acks.filter(({ success }) => !success)).toEqual([])
    } finally {
      await worker.kill()
    }
  }
  const worker = await start()
  const alice = await Wire.open(worker.base, 'durable', 'alice')
  expect(await alice.query('tasks')).toHaveLength(60)
  expect(await alice.see('tasks', 'round 3, record 19')).toMatchObject({ createdBy: 'alice' })
  const { violations } = (await (await fetch(new URL('/spy', worker.base))).json()) as { violations: string[] }
  expect(violations).toEqual([])
  await worker.kill()
}, 120_000)
