import { type JSX, Match, onCleanup, Show, Switch } from 'solid-js'
import { fewest } from '../arena.ts'
import { namesOf } from './player-name.ts'
import type { Playing } from './playing.ts'

export interface GameCurtainProps {
  readonly playing: Playing
  /** A button is gone that had the focus. */
  readonly onLost: () => void
}

/** What stands before the field while nobody plays on it: what is to be done, and who has won. It is read aloud when it changes. */
export function GameCurtain(props: GameCurtainProps) {
  const { game } = props.playing
  const bar = () => props.playing.bar
  const outcome = () => (game.running ? undefined : game.state?.outcome)
  const areEnough = () => game.players.length >= fewest
  const isReady = () => game.self?.ready === true

  const heading = () => {
    if (bar() === 'offline') return 'Offline'
    if (bar() === 'connecting') return 'Connecting'
    const { winners = [], points = 0 } = outcome() ?? {}
    if (winners.length === 1) return `${namesOf(winners)} wins with ${points}`
    if (winners.length > 1) return `A draw: ${namesOf(winners)} have ${points} each`
    if (outcome()) return 'Nobody has taken anything'
    if (bar() === 'elsewhere') return 'You play in another page'
    if (game.running) return `The round is on: first to ${game.state?.goal}`
    return areEnough() ? 'Who is ready?' : 'It takes two'
  }
  const advice = () => {
    if (bar() === 'offline') return game.running && game.self ? 'Your disc and your points wait for you.' : ''
    if (game.running || bar() === 'connecting') return ''
    if (bar() === 'full') return 'All seats are taken: you watch.'
    if (bar() === 'role')
      return areEnough() ? 'You watch: who may write on the board may play.' : 'Who may write on the board may play.'
    if (!areEnough()) return 'Be somebody else in the other pane, or send the address to a friend.'
    return !outcome() && isReady() ? 'It begins when all are ready.' : ''
  }
  /** One sees the field while there is something to see. */
  const isDrawn = () => !game.running || bar() === 'offline' || bar() === 'connecting' || bar() === 'elsewhere'

  return (
    <div class="game-curtain" data-drawn={isDrawn()} data-testid="curtain">
      <div role="status" classList={{ 'visually-hidden': !isDrawn() }}>
        <p class="game-heading">{heading()}</p>
        <Show when={advice()}>
          <p class="game-advice">{advice()}</p>
        </Show>
      </div>
      <Switch>
        <Match when={bar() === 'elsewhere'}>
          <Button onLost={props.onLost} onClick={() => game.ready(false)}>
            Play here
          </Button>
        </Match>
        <Match when={bar() === 'seatless'}>
          <Button onLost={props.onLost} onClick={() => game.ready(false)}>
            Take a seat
          </Button>
        </Match>
        <Match when={bar() === undefined && !game.running && outcome() && areEnough()}>
          <Button onLost={props.onLost} onClick={() => game.start()}>
            Again
          </Button>
        </Match>
        <Match when={bar() === undefined && !game.running && areEnough()}>
          <div class="game-buttons">
            <Button isPressed={isReady()} onLost={props.onLost} onClick={() => game.ready(!isReady())}>
              Ready
            </Button>
            <Button isQuiet onLost={props.onLost} onClick={() => game.start()}>
              Start now
            </Button>
          </div>
        </Match>
      </Switch>
    </div>
  )
}

interface ButtonProps {
  readonly isPressed?: boolean
  readonly isQuiet?: boolean
  readonly onLost: () => void
  readonly onClick: () => void
  readonly children: JSX.Element
}

function Button(props: ButtonProps) {
  let button!: HTMLButtonElement
  onCleanup(() => button === document.activeElement && props.onLost())
  return (
    <button
      ref={button}
      type="button"
      class={props.isQuiet ? 'game-quiet' : 'primary'}
      aria-pressed={props.isPressed}
      onClick={() => props.onClick()}
    >
      {props.children}
    </button>
  )
}
