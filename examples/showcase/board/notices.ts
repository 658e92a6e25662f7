import type { DeepSpaceError, WriteError } from 'deepspace-solid'
import { createSignal } from 'solid-js'

/** Something that was asked for and did not happen. */
export interface Failure {
  readonly operation: WriteError['operation'] | 'set-role' | 'draw'
  readonly recordId?: string
  readonly error: DeepSpaceError
}

const shownAtOnce = 3

/** The failures that are being shown, newest last. */
export function createNotices() {
  const [failures, setFailures] = createSignal<readonly Failure[]>([])
  return {
    get failures() {
      return failures()
    },
    add: (failure: Failure) => setFailures((shown) => [...shown, failure].slice(-shownAtOnce)),
    dismiss: (failure: Failure) => setFailures((shown) => shown.filter((each) => each !== failure)),
    clear: () => setFailures([]),
  }
}

export type Notices = ReturnType<typeof createNotices>
