import { createEffect } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Persona } from '../demo-users.ts'
import { findPersona } from './personas.ts'

export interface Layout {
  view: 'single' | 'split'
  left: Persona
  right: Persona
  room: string
}

/** Who looks at which room in how many panes. It lives in the address, so that a link opens what you see. */
export function createLayout() {
  const address = new URLSearchParams(location.search)
  const view = address.get('view')
  const split = matchMedia('(min-width: 900px)').matches
  const [layout, setLayout] = createStore<Layout>({
    view: view === 'single' || view === 'split' ? view : split ? 'split' : 'single',
    left: findPersona(address.get('left'), 'ben'),
    right: findPersona(address.get('right'), 'viewer'),
    room: address.get('room')!,
  })
  createEffect(() => history.replaceState(null, '', `?${new URLSearchParams({ ...layout })}`))
  return [layout, setLayout] as const
}
