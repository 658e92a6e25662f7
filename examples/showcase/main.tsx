import { Show } from 'solid-js'
import { render } from 'solid-js/web'
import { App } from './board/app.tsx'
import { enterRoom } from './enter-room.ts'
import './styles.css'

const closed = await enterRoom()

render(
  () => (
    <Show when={closed} fallback={<App />}>
      <p class="empty" role="alert">
        {closed}
      </p>
    </Show>
  ),
  document.getElementById('app')!,
)
