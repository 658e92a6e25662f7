import { RecordProvider } from 'deepspace-solid'
import { expect, test } from 'vitest'
import { Race } from '../../../examples/game/race.tsx'
import { base, show, until } from '../../support/room.tsx'
import { tokenFor } from '../../support/users.ts'

/** The race of docs/game.md, as somebody sees it. */
function race(id: string, user?: string) {
  const page = show(() => (
    <RecordProvider url={base} getToken={() => (user === undefined ? null : tokenFor(user))} onError={() => {}}>
      <Race id={id} />
    </RecordProvider>
  ))
  return {
    ...page,
    get news() {
      return page.root.querySelector('[role=status]')?.textContent
    },
    button: (name: string) =>
      [...page.root.querySelectorAll('button')].find(({ textContent }) => textContent === name)!,
    /** How far each car is, in the order of the seats. */
    get cars(): number[] {
      return [...page.root.querySelectorAll('meter')].map(({ value }) => value)
    },
  }
}

test('the race of docs/game.md: two race, one who watches sees it, and who pushes most has won', async () => {
  const id = `lap:${crypto.randomUUID()}`
  const [ann, ben, watcher] = [race(id, 'ann'), race(id, 'ben'), race(id)]
  await until(() => ann.cars.length === 2 && ben.cars.length === 2 && watcher.news === 'You watch')
  for (const page of [ann, ben]) {
    expect([page.news, page.button('Push').disabled]).toEqual(['Waiting for all to be ready', true])
    page.button('Ready').click()
  }
  await until(() => ann.news === 'Go!' && ben.news === 'Go!' && watcher.news === 'Go!')
  expect([watcher.button('Push').disabled, watcher.button('Ready').disabled]).toEqual([true, true])
  const own = ann.root.textContent.startsWith('ann') ? 0 : 1
  // It is there before anything else is done.
  ann.button('Push').click()
  expect(ann.cars[own]).toBe(5 / 20)
  expect(watcher.cars[own]).toBe(0)
  ben.button('Push').click()
  for (let push = 0; push < 29; push++) ann.button('Push').click()
  await until(() => watcher.cars[own]! > 50)
  expect(watcher.cars[1 - own]).toBeGreaterThan(0)
  await until(() => [ann, ben, watcher].every(({ news }) => news === 'ann has won'))
  expect(ann.cars[own]).toBe(100)
  await until(() => ben.cars[own] === 100)
  expect(ben.cars[1 - own]).toBeLessThan(10)
})
