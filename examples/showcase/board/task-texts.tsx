import { createMemo, createSignal, ErrorBoundary, For, lazy, Suspense } from 'solid-js'

export interface TaskTextsProps {
  readonly id: string
  /** The id of the task whose description is open, if any is. */
  readonly open: string | undefined
  readonly titleOf: (recordId: string) => string | undefined
  readonly onClose: () => void
}

// Whoever never opens a text loads no editor.
const TaskText = lazy(() => import('./task-text.tsx'))

/** The place of the description that is open. One that is closed stays until it is saved: what was written offline waits in it. */
export function TaskTexts(props: TaskTextsProps) {
  const [unsaved, setUnsaved] = createSignal<readonly string[]>([])
  const there = createMemo(() => [...new Set([...unsaved(), ...(props.open === undefined ? [] : [props.open])])])
  const note = (recordId: string, isUnsaved: boolean) =>
    setUnsaved((before) => {
      const others = before.filter((each) => each !== recordId)
      return isUnsaved ? [...others, recordId] : others
    })

  return (
    <div id={props.id}>
      <ErrorBoundary fallback={(error) => <p role="alert">The description cannot be shown: {String(error)}</p>}>
        <Suspense fallback={<p class="text-loading">Loading the editor</p>}>
          <For each={there()}>
            {(recordId) => {
              // It may leave the list while it is read, for another filter or a new order.
              const title = createMemo<string | undefined>((before) => props.titleOf(recordId) ?? before)
              return (
                <TaskText
                  recordId={recordId}
                  title={title()}
                  isShown={recordId === props.open}
                  onClose={props.onClose}
                  onUnsaved={(isUnsaved) => note(recordId, isUnsaved)}
                />
              )
            }}
          </For>
        </Suspense>
      </ErrorBoundary>
    </div>
  )
}
