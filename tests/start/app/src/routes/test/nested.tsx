import { createAsync, query, useLocation } from '@solidjs/router'
import { createQuery } from 'deepspace-solid'
import { Show, Suspense } from 'solid-js'
import { tasks } from '../../schema'
import { Shown } from '../../shown'

const slowly = query(async (ms: number) => {
  'use server'
  await new Promise((resolve) => setTimeout(resolve, ms))
  return `after ${ms} ms`
}, 'slowly')

/** A list, and behind it a slow server function with the same list below. */
export default function Nested() {
  const { query: search } = useLocation()
  const list = createQuery(tasks, { orderBy: 'title', orderDir: 'asc' })
  return (
    <main>
      <Shown of={list} />
      <Suspense fallback={<p class="fallback">waiting inside</p>}>
        <Inner ms={Number(search.ms ?? 1500)} />
      </Suspense>
    </main>
  )
}

function Inner(props: { ms: number }) {
  const text = createAsync(() => slowly(props.ms))
  return (
    <Show when={text()}>
      {(said) => (
        <section class="inner">
          <h3>{said()}</h3>
          <InnerList />
        </section>
      )}
    </Show>
  )
}

function InnerList() {
  const list = createQuery(tasks, { orderBy: 'title', orderDir: 'asc' })
  const done = createQuery(tasks, { where: { done: true }, orderBy: 'title', orderDir: 'asc' })
  return (
    <>
      <Shown of={list} name="inner-list" />
      <Shown of={done} name="inner-done" />
    </>
  )
}
