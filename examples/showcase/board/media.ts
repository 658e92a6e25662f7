import { type Accessor, createSignal, onCleanup } from 'solid-js'

/** Whether a media query holds, for as long as its owner lives. */
export function createMedia(query: string): Accessor<boolean> {
  const media = matchMedia(query)
  const [holds, setHolds] = createSignal(media.matches)
  const read = () => setHolds(media.matches)
  media.addEventListener('change', read)
  onCleanup(() => media.removeEventListener('change', read))
  return holds
}
