import { type Accessor, createEffect } from 'solid-js'
import { describe, expect, test } from 'vitest'
import { drive, newRace, type RacePage, sit, stateOf } from '../../support/games.tsx'
import { race, type Track } from '../../support/race.ts'
import { base, until } from '../../support/room.tsx'
import { callRoom } from '../../support/rpc.ts'
import { delayOn, socketsTo } from '../../support/sockets.ts'

const frame = (): Promise<number> => new Promise(requestAnimationFrame)

interface Predicting extends RacePage {
  readonly predicted: () => Track
  readonly x: () => number
  /** Where the room has said that the car is. */
  readonly told: () => number
}

/** A page of ann that predicts, in a race that runs. */
async function predict(id: string, options: { readonly smoothing?: number; readonly inputs?: 'one' | 'last' } = {}) {
  let predicted!: Accessor<unknown>
  const page = await drive(id, 'ann', {
    beside: (game) => {
      predicted = game.predict({ step: race, ...options })
    },
  })
  const ann: Predicting = {
    ...page,
    predicted: () => JSON.parse(JSON.stringify(predicted())),
    x: () => (predicted() as Track).cars.ann!.x,
    told: () => stateOf(page).cars.ann!.x,
  }
  return ann
}

/** Waits until the room has used all that ann has done, and it is shown as the room says. */
async function settled(ann: Predicting, id: string): Promise<void> {
  const { state } = (await callRoom(base, id, 'game', [])).result as { state: Track }
  await until(() => JSON.stringify(stateOf(ann)) === JSON.stringify(state))
  await until(() => JSON.stringify(ann.predicted()) === JSON.stringify(state))
}

describe('J9: what we do', () => {
  test('shows at once, though the room says so much later, and in the end all is as the room says', async () => {
    const id = newRace()
    delayOn(id, () => 100 + Math.random() * 100)
    const ann = await predict(id)
    for (let jump = 1; jump <= 20; jump++) {
      const before = ann.x()
      expect(ann.game.send({ action: 'jump', data: 10 })).toBe(true)
      // Before anything else is done.
      expect(ann.x()).toBe(before + 10)
      expect(ann.told()).toBeLessThan(before + 10)
      await frame()
      expect(ann.x()).toBe(before + 10)
    }
    await until(() => ann.told() === 200)
    await settled(ann, id)
    expect(ann.x()).toBe(200)
    expect(ann.game.latency).toBeGreaterThan(200)
    expect(ann.errors).toEqual([])
  })

  test('goes on at the rate of the room, with 150 ms of delay and jitter, never jumps back by more than it corrects, and ends where the room ends', async () => {
    const id = newRace()
    delayOn(id, () => 120 + Math.random() * 60)
    const ann = await predict(id)
    let last = 0
    for (let turn = 0; turn < 8; turn++) {
      ann.game.send({ action: 'speed', data: 50 + turn })
      const since = performance.now()
      while (performance.now() - since < 150) {
        await frame()
        // A step is at most 3 units; of what is corrected it goes back by no more than that a frame.
        expect(ann.x()).toBeGreaterThan(last - 3)
        last = ann.x()
      }
    }
    // It is ahead of what the room has told.
    expect(ann.x()).toBeGreaterThan(ann.told())
    ann.game.send({ action: 'speed', data: 0 })
    await until(() => stateOf(ann).cars.ann!.speed === 0)
    await settled(ann, id)
    expect(ann.errors).toEqual([])
  })

  test('is not shown twice, nor ever undone, while inputs and ticks cross: each jump is there once in all that is shown', async () => {
    const id = newRace()
    delayOn(id, () => 20 + Math.random() * 150)
    const shown: string[] = []
    let predicted!: Accessor<unknown>
    const ann = await drive(id, 'ann', {
      beside: (game) => {
        predicted = game.predict({ step: race, smoothing: 0 })
        createEffect(() => shown.push((predicted() as Track | undefined)?.order.join() ?? ''))
      },
    })
    const said: string[] = []
    for (let jump = 1; jump <= 40; jump++) {
      ann.game.send({ action: 'jump', data: jump + 100 })
      said.push(`ann ${jump + 100}`)
      if (jump % 3 > 0) await frame()
    }
    await until(() => stateOf(ann).order.length === 40)
    for (const order of shown) expect(said.join()).toContain(order)
    const lengths = shown.map((order) => order.length)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    expect(shown.at(-1)).toBe(said.join())
  })

  test.for(['one', 'last'] as const)('is used as the room uses it: %s of those that wait', async (inputs) => {
    const id = newRace(`${inputs}-each`)
    delayOn(id, () => 80)
    const ann = await predict(id, { inputs })
    const jumps = [1, 10, 100]
    for (const data of jumps) ann.game.send({ action: 'jump', data })
    expect(ann.x()).toBe(inputs === 'one' ? 1 : 100)
    // Those of which the last alone is used may reach the room in two of its steps.
    await until(() => (inputs === 'one' ? ann.told() === 111 : ann.told() >= 100))
    await settled(ann, id)
    expect(ann.x()).toBe(ann.told())
  })

  test('stays where the room is while another one moves, who is shown as the room tells', async () => {
    const id = newRace()
    const ann = await predict(id)
    const ben = await sit(id, 'ben')
    await until(() => ann.game.players.length === 2)
    ben.game.send({ action: 'jump', data: 40 })
    await until(() => ann.predicted().cars.ben!.x === 40)
    expect(ann.x()).toBe(0)
    ann.game.send({ action: 'jump', data: 1 })
    ben.unmount()
    await until(() => ann.predicted().cars.ben === undefined && ann.told() === 1)
    expect(ann.x()).toBe(1)
  })

  test('is the state for who watches, before the start and after the end', async () => {
    const id = newRace('small')
    const [ann, ben] = [await predict(id), await sit(id, 'ben')]
    let predicted!: Accessor<unknown>
    const cay = await sit(id, 'cay', {
      beside: (game) => {
        predicted = game.predict({ step: race })
      },
    })
    ben.game.send({ action: 'speed', data: 10 })
    await until(() => stateOf(cay).cars.ben!.x > 0)
    expect(predicted()).toEqual(cay.game.state)
    expect(predicted()).not.toBe(cay.game.state)
    ann.game.send({ action: 'jump', data: 5 })
    ann.game.end()
    await until(() => !ann.game.running && !cay.game.running)
    expect(ann.predicted()).toEqual(stateOf(ann))
    expect(predicted()).toEqual(cay.game.state)
    ann.game.start()
    await until(() => ann.game.running)
    ann.game.send({ action: 'jump', data: 7 })
    const { x } = stateOf(ann).cars.ann!
    expect(ann.x()).toBe(x + 7)
  })
})

describe('J10: what was predicted wrong', () => {
  test('comes right over a while, not at once and not beyond', async () => {
    const id = newRace('walled')
    delayOn(id, () => 100)
    const ann = await predict(id)
    ann.game.send({ action: 'jump', data: 300 })
    expect(ann.x()).toBe(300)
    const seen: number[] = []
    while (seen.at(-1) !== 100) {
      await frame()
      seen.push(ann.x())
    }
    expect(seen).toEqual(seen.toSorted((a, b) => b - a))
    expect(seen.some((x) => x > 100 && x < 300)).toBe(true)
    await settled(ann, id)
  })

  test('is right at once where nothing is to be smoothed', async () => {
    const id = newRace('walled')
    delayOn(id, () => 100)
    const ann = await predict(id, { smoothing: 0 })
    ann.game.send({ action: 'jump', data: 300 })
    const seen = new Set<number>()
    while (!seen.has(100)) {
      await frame()
      seen.add(ann.x())
    }
    expect([...seen]).toEqual([300, 100])
  })

  test('because the room has refused it is gone, and what was done beside it stays', async () => {
    const id = newRace()
    delayOn(id, () => 60)
    const ann = await predict(id, { smoothing: 0 })
    ann.game.send({ action: 'jump', data: 1 })
    // biome-ignore lint/suspicious/noExplicitAny: what the room does not take
    ann.game.send({ action: 'jump', data: 10, more: 1 } as any)
    ann.game.send({ action: 'jump', data: '100' as never })
    ann.game.send({ action: 'jump', data: 1000 })
    expect(ann.x()).not.toBe(1011)
    await until(() => ann.errors.length === 1 && ann.told() === 1011)
    expect(ann.errors[0]).toMatchObject({ code: 'invalid-field', field: 'data' })
    await settled(ann, id)
    expect(ann.x()).toBe(1011)
  })

  test('because the connection broke is right once it is back: what was on its way is done once', async () => {
    const id = newRace()
    const ann = await predict(id)
    for (let round = 1; round <= 3; round++) {
      const observed = socketsTo(id).at(-1)!
      observed.lose = () => true
      ann.game.send({ action: 'jump', data: 1 })
      expect(ann.x()).toBe(round * 2 - 1)
      WebSocket.prototype.close.call(observed.socket, 4000)
      await until(() => ann.game.status !== 'connected')
      expect(ann.x()).toBe(round * 2 - 1)
      await until(() => {
        window.dispatchEvent(new Event('online'))
        return ann.game.status === 'connected'
      })
      ann.game.send({ action: 'jump', data: 1 })
      expect(ann.x()).toBe(round * 2)
      await until(() => ann.told() === round * 2)
      await settled(ann, id)
    }
  })

  test('is never more than a second ahead of a room that stands still', async () => {
    const id = newRace()
    const ann = await predict(id, { smoothing: 0 })
    ann.game.send({ action: 'speed', data: 100 })
    await until(() => ann.told() > 10)
    delayOn(id, () => 0)
    const stalled = callRoom(base, id, 'stall', [2500])
    ann.game.send({ action: 'speed', data: 101 })
    let farthest = 0
    let isOver = false
    void stalled.then(() => {
      isOver = true
    })
    while (!isOver) {
      await frame()
      farthest = Math.max(farthest, ann.x() - ann.told())
    }
    // A second at full speed, and the step that is shown at once.
    expect(farthest).toBeLessThanOrEqual(101 * 1.1)
    ann.game.send({ action: 'speed', data: 0 })
    await until(() => stateOf(ann).cars.ann!.speed === 0)
    await settled(ann, id)
  })

  test('because the function throws is the state from then on, and the page is told once', async () => {
    const id = newRace()
    const failures: string[] = []
    const listen = (event: ErrorEvent): void => {
      event.preventDefault()
      failures.push(event.message)
    }
    window.addEventListener('error', listen)
    let predicted!: Accessor<unknown>
    const ann = await drive(id, 'ann', {
      beside: (game) => {
        predicted = game.predict({
          step: (track, inputs, step) => {
            race(track, inputs, step)
            if (inputs.length > 0) throw new Error('I cannot')
          },
        })
      },
    })
    ann.game.send({ action: 'jump', data: 3 })
    ann.game.send({ action: 'jump', data: 4 })
    await until(() => stateOf(ann).cars.ann!.x === 7)
    expect(predicted()).toEqual(ann.game.state)
    expect(failures).toEqual([expect.stringContaining('I cannot')])
    window.removeEventListener('error', listen)
  })
})

test('J9: nothing is left to do for a page that has gone', async () => {
  const id = newRace()
  const ann = await predict(id)
  ann.unmount()
  await frame()
  let asked = 0
  const ask = window.requestAnimationFrame
  window.requestAnimationFrame = (run) => {
    asked++
    return ask(run)
  }
  for (let n = 0; n < 10; n++) await new Promise((resolve) => ask(resolve))
  window.requestAnimationFrame = ask
  expect(asked).toBe(0)
})
