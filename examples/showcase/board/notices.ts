import type { DeepSpaceError, WriteError } from 'deepspace-solid'
import { createSignal, onCleanup } from 'solid-js'

/** Something that was asked for and did not happen. */
export interface Failure {
  readonly operation: WriteError['operation'] | 'set-role'
  readonly recordId?: string
  readonly error: DeepSpaceError
}

const shownFor = 9_000
const shownAtOnce = 3

/** The failures that are being shown, newest last; each goes by itself after a while. */
export function createNotices() {
  const [failures, setFailures] = createSignal<readonly Failure[]>([])
  const timers = new Set<number>()
  onCleanup(() => timers.forEach(clearTimeout))

  const dismiss = (failure: Failure) => setFailures((shown) => shown.filter((each) => each !== failure))
  return {
    get failures() {
      return failures()
    },
    add(failure: Failure) {
      setFailures((shown) => [...shown, failure].slice(-shownAtOnce))
      const timer = setTimeout(() => {
        timers.delete(timer)
        dismiss(failure)
      }, shownFor)
      timers.add(timer)
    },
    dismiss,
    clear: () => setFailures([]),
  }
}

export type Notices = ReturnType<typeof createNotices>
