import { type JSX, onCleanup } from 'solid-js'
import { SearchIcon } from './icons.tsx'

export interface SearchFieldProps {
  /** Told when the typing pauses. */
  readonly onSearch: (text: string) => void
  /** What is said of the result. */
  readonly children: JSX.Element
}

const pause = 150

export function SearchField(props: SearchFieldProps) {
  let timer: number | undefined
  onCleanup(() => clearTimeout(timer))

  const typed = (text: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => props.onSearch(text.trim()), text === '' ? 0 : pause)
  }

  return (
    <label class="search">
      <SearchIcon />
      <input
        type="search"
        autocomplete="off"
        spellcheck={false}
        maxlength="120"
        placeholder="Search titles"
        aria-label="Search titles"
        onInput={(event) => typed(event.currentTarget.value)}
      />
      {props.children}
    </label>
  )
}
