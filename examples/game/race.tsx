import { createGameRoom, type Game, type GamePlayer } from 'deepspace-solid'
import { For } from 'solid-js'
import { type Drive, step, type Track } from './track.ts'

/** A race for two to four; whoever comes later watches. */
export function Race(props: { readonly id: string }) {
  const game = createGameRoom<Track, Drive>(() => props.id)
  const ahead = game.predict({ step })
  const news = () => {
    if (game.status !== 'connected') return 'Offline'
    const winner = game.players.find(({ userId }) => userId === game.state?.winner)
    if (winner) return `${winner.userName} has won`
    if (game.running) return 'Go!'
    return game.self ? 'Waiting for all to be ready' : 'You watch'
  }
  return (
    <section aria-label="Race">
      <For each={game.players}>
        {(player) => (
          <Lane player={player} game={game} own={() => ahead()?.cars[player.userId]?.x} isOwn={player === game.self} />
        )}
      </For>
      <button type="button" disabled={!game.canWrite || game.running || game.self?.ready} onClick={() => game.ready()}>
        Ready
      </button>
      <button
        type="button"
        disabled={!game.canWrite || !game.running}
        onClick={() => game.send({ action: 'push', data: 5 })}
      >
        Push
      </button>
      <p role="status">{news()}</p>
    </section>
  )
}

/** Where a car is: our own at once, the others moving from tick to tick. */
function Lane(props: {
  readonly player: GamePlayer
  readonly game: Game<Track, Drive>
  readonly own: () => number | undefined
  readonly isOwn: boolean
}) {
  const seen = props.game.interpolated((track) => track.cars[props.player.userId]?.x)
  const x = () => (props.isOwn ? props.own() : seen())
  return (
    <p style={{ opacity: props.player.connected ? 1 : 0.4 }}>
      {props.player.userName}
      <meter min={0} max={100} value={x() ?? 0} />
    </p>
  )
}
