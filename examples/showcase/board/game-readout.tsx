import { formatCount } from './format-count.ts'
import { BoltIcon } from './icons.tsx'
import type { Playing } from './playing.ts'

/** The line that says what the game costs: in steps, in time, in bytes. */
export function GameReadout(props: { readonly playing: Playing }) {
  const { game } = props.playing
  return (
    <dl class="game-readout" data-testid="game-readout">
      <BoltIcon />
      <div title="Steps that the room does, and those that it had no time for">
        <dt>Ticks</dt>
        <dd>
          <b data-testid="ticks">{Math.round(props.playing.figures.ticks)}</b>/s, {formatCount(game.skipped)} skipped
        </dd>
      </div>
      <div title="From what one does to the tick that used it">
        <dt>Latency</dt>
        <dd>
          <b data-testid="latency">{game.latency === undefined ? '–' : Math.round(game.latency)}</b> ms
        </dd>
      </div>
      <div title="What comes over the connection of the game, each second">
        <dt>In</dt>
        <dd>
          <b data-testid="bytes-in">{formatCount(Math.round(props.playing.figures.bytesIn))}</b> B/s
        </dd>
      </div>
      <div title="What goes">
        <dt>Out</dt>
        <dd>
          <b data-testid="bytes-out">{formatCount(Math.round(props.playing.figures.bytesOut))}</b> B/s
        </dd>
      </div>
    </dl>
  )
}
