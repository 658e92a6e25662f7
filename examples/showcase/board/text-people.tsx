import { createEffect, createSignal, onCleanup } from 'solid-js'
import type { Awareness } from 'y-protocols/awareness'
import { AlsoHere } from './also-here.tsx'
import type { Present } from './carets.ts'

/** Who else looks at a text, everyone once. */
export function TextPeople(props: { readonly awareness: Awareness | undefined }) {
  const [people, setPeople] = createSignal<readonly Present[]>([])
  createEffect(() => {
    const { awareness } = props
    if (!awareness) return
    const look = () => {
      const others = [...awareness.getStates()].flatMap(([id, { user }]) =>
        id === awareness.clientID || !user ? [] : [user as Present],
      )
      // Whoever is there still keeps their place, and their element.
      setPeople((before) => {
        const known = new Map([...others, ...before].map((each) => [each.id, each]))
        return [...new Set(others.map(({ id }) => id))].map((id) => known.get(id)!)
      })
    }
    look()
    awareness.on('change', look)
    onCleanup(() => awareness.off('change', look))
  })
  return <AlsoHere people={people()} />
}
