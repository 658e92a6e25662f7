import { createGameRoom, type Game, RecordProvider } from 'deepspace-solid'
import { For } from 'solid-js'
import { renderToString } from 'solid-js/web'
import { afterEach, expect, test, vi } from 'vitest'
import { type Drive, race, type Track } from '../support/race.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('J12: on the server a game is on its way, and nothing is begun for it', () => {
  vi.useFakeTimers()
  const [WebSocketSpy, frameSpy] = [vi.fn(), vi.fn()]
  vi.stubGlobal('WebSocket', WebSocketSpy)
  vi.stubGlobal('requestAnimationFrame', frameSpy)
  const games: Game<Track, Drive>[] = []
  const Race = (props: { id: string | false }) => {
    const game = createGameRoom<Track, Drive>(() => props.id)
    games.push(game)
    const x = game.interpolated((track) => track.cars.ann?.x)
    const ahead = game.predict({ step: race })
    return (
      <p>
        {game.status}:{String(game.state)}:{String(x())}:{String(ahead())}:
        <For each={game.players}>{({ userId }) => userId}</For>
      </p>
    )
  }
  const html = renderToString(() => (
    <RecordProvider>
      <Race id="a" />
      <Race id={false} />
    </RecordProvider>
  ))
  const text = html.replace(/<!--.*?-->|<[^>]*>/g, ' ').replace(/\s+/g, '')
  expect(text).toBe('connecting:undefined:undefined:undefined:off:undefined:undefined:undefined:')
  for (const game of games) {
    expect([game.players, game.self, game.error, game.latency, game.ending]).toEqual([[], ...Array(4).fill(undefined)])
    expect([game.tick, game.skipped, game.running, game.mayPlay, game.canWrite]).toEqual([0, 0, false, false, false])
    expect([game.send({ action: 'jump', data: 1 }), game.ready(), game.start(), game.end(), game.leave()]).toEqual(
      Array(5).fill(false),
    )
    game.disconnect()
    game.reconnect()
  }
  // Solid itself ends the page a turn later.
  vi.advanceTimersByTime(0)
  expect(vi.getTimerCount()).toBe(0)
  expect(WebSocketSpy).not.toHaveBeenCalled()
  expect(frameSpy).not.toHaveBeenCalled()
})
