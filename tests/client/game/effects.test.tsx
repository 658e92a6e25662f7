import { createEffect, For } from 'solid-js'
import { expect, test } from 'vitest'
import { drive, newRace, sit, stateOf } from '../../support/games.tsx'
import type { Track } from '../../support/race.ts'
import { until } from '../../support/room.tsx'
import { socketTo } from '../../support/sockets.ts'

/** What ran since it was last emptied. */
let ran: string[] = []
const note = <T,>(what: string, value: T): T => {
  ran.push(what)
  return value
}

/** Watches a race, each part of it by an effect of its own. */
async function watch(id: string) {
  const page = await sit(id, 'ben', {
    beside: (game) => {
      createEffect(() => note('cars', Object.keys(game.state?.cars ?? {}).length))
      createEffect(() => note('order', game.state?.order.length))
      createEffect(() => note('lights', game.state?.lights))
      createEffect(() => note('players', game.players.length))
      createEffect(() => note('running', game.running))
      createEffect(() => note('self', game.self?.ready))
      for (const user of ['ann', 'ben']) {
        createEffect(() => note(`${user}.x`, game.state?.cars[user]?.x))
        createEffect(() => note(`${user}.color`, game.state?.cars[user]?.paint.color))
        createEffect(() => note(`${user}.coats`, game.state?.cars[user]?.paint.coats.length))
        createEffect(() => note(`${user}.ready`, game.players.find(({ userId }) => userId === user)?.ready))
      }
    },
  })
  return page
}

test('J2: a tick runs who reads what it has changed, once, and nobody else', async () => {
  const id = newRace()
  const ann = await drive(id, 'ann')
  const ben = await watch(id)
  ran = []
  ann.game.send({ action: 'speed', data: 20 })
  await until(() => ran.length >= 10)
  expect(new Set(ran)).toEqual(new Set(['ann.x']))
  ann.game.send({ action: 'speed', data: 0 })
  await until(() => stateOf(ben).cars.ann!.speed === 0)
  ran = []
  ann.game.send({ action: 'jump', data: 1 })
  await until(() => stateOf(ben).order.length === 1)
  expect(ran.toSorted()).toEqual(['ann.x', 'order'])
  ran = []
  ann.game.ready()
  await until(() => ben.game.players[0]!.ready)
  expect(ran).toEqual(['ann.ready'])
  ben.game.ready()
  await until(() => ben.game.self?.ready)
  expect(ran.toSorted()).toEqual(['ann.ready', 'ben.ready', 'self'])
})

test('J2: what has the same place is the same object, also over a drop, after which what says the same runs nobody', async () => {
  const id = newRace()
  const ann = await drive(id, 'ann')
  const ben = await watch(id)
  const [track, cars, car, paint, player] = [
    ben.game.state,
    ben.game.state!.cars,
    ben.game.state!.cars.ann,
    ben.game.state!.cars.ann!.paint,
    ben.game.players[0],
  ]
  ann.game.send({ action: 'jump', data: 3 })
  await until(() => stateOf(ben).order.length === 1)
  ran = []
  const { socket } = socketTo(id)
  WebSocket.prototype.close.call(socket, 4000)
  await until(() => ben.game.status !== 'connected')
  await until(() => {
    window.dispatchEvent(new Event('online'))
    return ben.game.status === 'connected'
  })
  expect(ran).toEqual([])
  expect(ben.game.state).toBe(track)
  expect([ben.game.state!.cars === cars, ben.game.state!.cars.ann === car, car!.paint === paint]).toEqual([
    true,
    true,
    true,
  ])
  expect(ben.game.players[0]).toBe(player)
  expect(car!.x).toBe(3)
})

test('J2: a list of cars makes no element anew for what changes in one, and takes away the one that goes', async () => {
  const id = newRace()
  const ann = await drive(id, 'ann')
  let made = 0
  const ben = await sit(id, 'ben')
  const cay = await sit(id, 'cay')
  const { render } = await import('solid-js/web')
  const list = document.body.appendChild(document.createElement('ul'))
  const dispose = render(
    () => (
      <For each={Object.keys(cay.game.state?.cars ?? {})}>
        {(user) => {
          made++
          return (
            <li>
              {user} {cay.game.state?.cars[user]?.x}
            </li>
          )
        }}
      </For>
    ),
    list,
  )
  expect(list.textContent).toBe('ann 0ben 0cay 0')
  const [item] = list.children
  ann.game.send({ action: 'jump', data: 2 })
  await until(() => list.textContent === 'ann 2ben 0cay 0')
  ben.unmount()
  await until(() => list.textContent === 'ann 2cay 0')
  expect([made, list.children[0]]).toEqual([3, item])
  dispose()
  list.remove()
})

test('J2: nobody writes into the state by way of what it hands out', async () => {
  const id = newRace()
  const ann = await drive(id, 'ann')
  const track = ann.game.state as unknown as Track
  const before = stateOf(ann)
  for (const work of [
    () => (track.lights = 'off'),
    () => (track.cars.ann!.x = 7),
    () => delete track.cars.ann,
    () => track.order.push('x'),
    () => Object.assign(ann.game.players[0]!, { ready: true }),
  ]) {
    try {
      work()
    } catch {}
  }
  expect(stateOf(ann)).toEqual(before)
  expect(ann.game.players[0]!.ready).toBe(false)
})
