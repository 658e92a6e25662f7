import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { callRoom } from '../../support/rpc.ts'
import { shortTokenFor } from '../../support/users.ts'
import { Wire } from '../../support/wire.ts'

const base = inject('base')

function createRoom() {
  const room = `planning:${crypto.randomUUID()}`
  const call = async (method: string, ...args: unknown[]) => (await callRoom(base, room, method, args)) as never
  const rows = async <T>(statement: string): Promise<T[]> =>
    ((await callRoom(base, room, 'sql', [statement, []])) as { result: T[] }).result
  return {
    room,
    call,
    /** What has been done, in order, but for what the first start has planned. */
    done: async () =>
      (await rows<{ name: string }>('SELECT name FROM _done ORDER BY rowid'))
        .map(({ name }) => name)
        .filter((name) => name !== 'first'),
    doneAt: (name: string) => rows<{ at: number }>(`SELECT at FROM _done WHERE name = '${name}' ORDER BY rowid`),
    planned: () => rows<{ name: string; at: number; tries: number }>('SELECT name, at, tries FROM _agenda'),
  }
}

describe('H9: what an app plans', () => {
  test('is done, each under its name and in the order of its times, once it is due and no sooner', async () => {
    const { call, done, doneAt, planned } = createRoom()
    const now = Date.now()
    await call('planAll', [
      { name: 'second', in: 200 },
      { name: 'third', in: 400 },
      { name: 'at once', in: -1_000_000 },
      { name: 'moved', in: 0 },
      { name: 'moved', in: 3_600_000 },
      { name: 'dropped', in: 0 },
      { name: 'dropped' },
      { name: 'never planned' },
    ])
    await expect.poll(done).toEqual(['at once', 'second', 'third'])
    expect((await doneAt('second'))[0]!.at).toBeGreaterThanOrEqual(now + 200)
    await expect.poll(planned).toMatchObject([{ name: 'moved', tries: 0 }])
    expect(await doneAt('first')).toHaveLength(1)
  })

  test('outlives the object, and nobody has to call the room for it', async () => {
    const { room, call, planned } = createRoom()
    await expect.poll(planned).toEqual([])
    await call('plan', 'later', Date.now() + 500)
    await call('restart')
    const doings = async () => (await (await fetch(new URL('/doings', base))).json()) as string[]
    await expect.poll(doings, { timeout: 8_000 }).toContain(`${room}: later`)
  })

  test('is done again where it failed, later and later, until it is cancelled', async () => {
    const { call, done, doneAt, planned } = createRoom()
    await call('plan', 'fails once', Date.now())
    await call('plan', 'fails always', Date.now())
    await call('plan', 'other', Date.now() + 50)
    // One that fails holds up no other.
    await expect.poll(done).toContain('other')
    await expect.poll(() => doneAt('fails once'), { timeout: 8_000 }).toHaveLength(2)
    await expect.poll(() => doneAt('fails always'), { timeout: 8_000 }).toHaveLength(2)
    await expect.poll(planned).toMatchObject([{ name: 'fails always', tries: 2 }])
    const [first, second] = await doneAt('fails always')
    expect(second!.at - first!.at).toBeGreaterThanOrEqual(2_000)
    const [kept] = await planned()
    expect(kept!.at - second!.at).toBeGreaterThanOrEqual(4_000)
    await call('unplan', 'fails always')
    expect(await planned()).toEqual([])
  })

  test('is done again where the object ended in the middle of it', async () => {
    const { call, doneAt, planned } = createRoom()
    await call('plan', 'dies once', Date.now())
    await expect.poll(() => doneAt('dies once'), { timeout: 15_000 }).toHaveLength(2)
    await expect.poll(planned).toEqual([])
  })

  test('may plan itself again, and cancel another that is due as well', async () => {
    const { call, done, planned } = createRoom()
    await call('plan', 'three times', Date.now())
    await expect.poll(done).toEqual(['three times', 'three times', 'three times'])
    await call('planAll', [
      { name: 'takes the other back', in: 10 },
      { name: 'other', in: 10 },
    ])
    await expect.poll(done).toContain('takes the other back')
    await expect.poll(planned).toEqual([])
    expect(await done()).not.toContain('other')
  })

  test('and a token that expires do not take the alarm from each other', async () => {
    const { room, call, done } = createRoom()
    await call('plan', 'long after', Date.now() + 3_600_000)
    const brief = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('brief', 2)}`)
    await brief.drain()
    await call('plan', 'before', Date.now() + 200)
    expect(await brief.closed).toEqual({ code: 4401, reason: 'token-expired' })
    expect(await done()).toEqual(['before'])
    await call('plan', 'after', Date.now() + 100)
    await expect.poll(done).toEqual(['before', 'after'])
  })

  test('nor does an app that sets it keep the room from it', async () => {
    const { room, call, done } = createRoom()
    const brief = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('brief', 2)}`)
    await brief.drain()
    await call('plan', 'takes the alarm', Date.now())
    await call('plan', 'after', Date.now() + 1_000)
    expect(await brief.closed).toEqual({ code: 4401, reason: 'token-expired' })
    await expect.poll(done).toEqual(['takes the alarm', 'after'])
  })

  test('is refused where it is no name or no time', async () => {
    const { call, planned } = createRoom()
    const plan = async (name: unknown, at: unknown) => ((await call('plan', name, at)) as { error?: string }).error
    expect(await plan('', 0)).toBe('schedule: name: expected text of 1 to 256 characters')
    expect(await plan(7, 0)).toMatch(/^schedule: name: /)
    expect(await plan('x'.repeat(257), 0)).toMatch(/^schedule: name: /)
    expect(await plan('\ud800', 0)).toMatch(/^schedule: name: /)
    for (const at of [undefined, null, 'tomorrow', {}])
      expect(await plan('x', at)).toMatch(/^schedule "x": at: expected a Date or /)
    expect(await plan('x'.repeat(256), 8.64e15)).toBeUndefined()
    await expect.poll(planned).toHaveLength(1)
  })
})

test('E6: whoever knocks, the connections whose token has expired are ended, though the app has taken the alarm', async () => {
  const room = crypto.randomUUID()
  const brief = await Wire.knock(base, room, `v=1&token=${await shortTokenFor('brief', 2)}`)
  await brief.drain()
  await callRoom(base, room, 'takeAlarm', [Date.now() + 3_600_000])
  const connected = async () => (await callRoom(base, room, 'connected', [])).result
  await expect
    .poll(
      async () => {
        await (await Wire.open(base, room, 'bob')).close()
        return connected()
      },
      { interval: 200, timeout: 8_000 },
    )
    .not.toContain('brief')
  expect(await brief.closed).toEqual({ code: 4401, reason: 'token-expired' })
})

test('H9: of many times each is kept, and done in its order', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          name: fc.constantFrom('a', 'b', 'c', 'd'),
          at: fc.integer({ min: 0, max: 40 }),
          drop: fc.boolean(),
        }),
        {
          maxLength: 12,
        },
      ),
      async (steps) => {
        const { call, done, planned } = createRoom()
        const expected = new Map<string, { at: number; serial: number }>()
        for (const [serial, { name, at, drop }] of steps.entries()) {
          if (drop) expected.delete(name)
          else expected.set(name, { at, serial })
        }
        await call(
          'planAll',
          steps.map(({ name, at, drop }) => ({ name, ...(!drop && { in: at }) })),
        )
        const order = [...expected].toSorted(([, a], [, b]) => a.at - b.at || a.serial - b.serial).map(([name]) => name)
        await expect.poll(planned).toEqual([])
        expect(await done()).toEqual(order)
      },
    ),
    { numRuns: 8 * inject('effort') },
  )
})
