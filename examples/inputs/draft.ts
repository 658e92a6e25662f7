import { type Accessor, createMemo, createSignal, onCleanup, untrack } from 'solid-js'

/** What is typed into an input, for as long as the room does not have it. */
export interface Draft<T> {
  /** What the input shows: the draft, or what the room has. */
  readonly value: Accessor<T>
  /** What somebody else has written over what the draft began with. */
  readonly theirs: Accessor<{ readonly value: T } | undefined>
  /** Why the room has refused the draft. */
  readonly error: Accessor<string | undefined>
  /** Takes what was typed, and writes it after a pause; a part of a word only once the word is whole. */
  edit(value: T, isPart?: boolean): void
  /** Writes now, and shows what the room has again once it has it: for `blur`. */
  close(): Promise<void>
  /** Writes a choice at once; the input goes back to what the room has if that refuses it. */
  choose(value: T): Promise<void>
  takeTheirs(): void
  keepMine(): Promise<void>
}

export function createDraft<T extends string | number | boolean | null>(
  saved: Accessor<T>,
  save: (value: T) => Promise<unknown>,
  pause = 600,
): Draft<T> {
  /** What was typed, what the room had before, and what was sent to it last. */
  const [draft, setDraft] = createSignal<{ value: T; over: T; sent: T }>()
  const [error, setError] = createSignal<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let saving: Promise<void> | undefined
  let isOpen = false

  const theirs = createMemo(() => {
    const mine = draft()
    const value = saved()
    return mine && value !== mine.over && value !== mine.sent && value !== mine.value ? { value } : undefined
  })
  const drop = (): void => {
    clearTimeout(timer)
    setDraft(undefined)
  }

  async function write(): Promise<void> {
    clearTimeout(timer)
    while (saving) await saving
    const mine = untrack(draft)
    // What somebody else has written is not written over without a word.
    if (!mine || mine.value === mine.over || untrack(theirs)) return
    setDraft({ ...mine, sent: mine.value })
    saving = save(mine.value)
      .then(
        () => {
          setError(undefined)
          setDraft((now) => now && { ...now, over: mine.value })
        },
        (error: Error) => void setError(error.message),
      )
      .finally(() => {
        saving = undefined
      })
    await saving
  }

  function edit(value: T, isPart = false): void {
    isOpen = true
    setDraft((now) => ({ over: untrack(saved), sent: untrack(saved), ...now, value }))
    clearTimeout(timer)
    if (!isPart) timer = setTimeout(write, pause)
  }

  async function close(): Promise<void> {
    isOpen = false
    await write()
    const mine = untrack(draft)
    if (!isOpen && mine && mine.value === mine.over) drop()
  }

  // What is typed when the page goes is not lost.
  onCleanup(() => void write())

  return {
    value: () => draft()?.value ?? saved(),
    theirs,
    error,
    edit,
    close,
    async choose(value) {
      edit(value)
      await close()
      if (untrack(error)) drop()
    },
    takeTheirs() {
      drop()
      setError(undefined)
    },
    keepMine() {
      setDraft((now) => now && { ...now, over: untrack(saved), sent: untrack(saved) })
      return write()
    },
  }
}
