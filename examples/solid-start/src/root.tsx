import { A, createAsync, type RouteSectionProps, useIsRouting } from '@solidjs/router'
import { RecordProvider, RecordScope, type WriteError } from 'deepspace-solid'
import { createEffect, createSignal, on, Show, Suspense } from 'solid-js'
import { Account } from './account'
import { tasks } from './schema'
import { getSession } from './session'
import './app.css'

/**
 * What stands around every page. The scope is here, so that routes can preload. The cookie says to the worker who is signed in;
 * the provider is told, so that nothing of a former user stays.
 */
export function Root(props: RouteSectionProps) {
  const session = createAsync(() => getSession(), { deferStream: true })
  // Not known yet is another thing than nobody: `session()?.id` would make one of them.
  const userId = () => (session() === null ? null : session()?.id)
  const isRouting = useIsRouting()
  const [failure, setFailure] = createSignal<WriteError>()

  // Who hears the page and does not see it begins at the new page too.
  let main!: HTMLElement
  createEffect(
    on(
      () => props.location.pathname,
      () => main.focus(),
      { defer: true },
    ),
  )

  return (
    <RecordProvider userId={userId()} onWriteError={setFailure}>
      <RecordScope roomId="tasks" collections={[tasks]}>
        <div class="progress" data-busy={isRouting()} />
        <header>
          <nav aria-label="Pages">
            <A href="/" end>
              Tasks
            </A>
            <A href="/mine">Mine</A>
            <A href="/overview">Overview</A>
          </nav>
          <Suspense>
            <Account session={session()} />
          </Suspense>
        </header>
        <main ref={main} tabindex="-1" aria-busy={isRouting()}>
          <Suspense fallback={<p class="loading">Loading…</p>}>{props.children}</Suspense>
        </main>
        <div class="notices" role="alert">
          <Show when={failure()}>
            {(failed) => (
              <p class="notice">
                That was not saved: {failed().error.message}{' '}
                <button type="button" class="quiet" onClick={() => setFailure()}>
                  Close
                </button>
              </p>
            )}
          </Show>
        </div>
      </RecordScope>
    </RecordProvider>
  )
}
