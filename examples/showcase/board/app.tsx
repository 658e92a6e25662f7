import { Show } from 'solid-js'
import { createLayout } from './layout.ts'
import { createMedia } from './media.ts'
import { Pane } from './pane.tsx'
import { Segmented } from './segmented.tsx'

export function App() {
  const [layout, setLayout] = createLayout()
  const isNarrow = createMedia('(max-width: 899px)')
  const scrolls = () => (isNarrow() && layout.view === 'single' ? 'page' : 'pane')
  return (
    <div class="app" data-view={layout.view} data-scrolls={scrolls()}>
      <header class="masthead">
        <h1>Task board</h1>
        <p>
          Every reader gets what they may see, as it changes. Turn one of Ben’s globes into a lock and the task leaves
          the viewer’s board at once. No control is greyed out: try what you may not, and read why.
        </p>
        <Segmented
          legend="Layout"
          class="layout-switch"
          options={[
            { value: 'single', label: 'One pane' },
            { value: 'split', label: 'Two panes' },
          ]}
          value={layout.view}
          onChange={(view) => setLayout('view', view)}
        />
      </header>
      <main class="panes">
        <Pane
          persona={layout.left}
          onPersonaChange={(persona) => setLayout('left', persona)}
          roomId={layout.room}
          scrolls={scrolls()}
        />
        <Show when={layout.view === 'split'}>
          <Pane
            persona={layout.right}
            onPersonaChange={(persona) => setLayout('right', persona)}
            roomId={layout.room}
            scrolls={scrolls()}
          />
        </Show>
      </main>
    </div>
  )
}
