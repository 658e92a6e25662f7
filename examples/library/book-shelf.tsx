import { createVirtualizer } from '@tanstack/solid-virtual'
import { createQuery } from 'deepspace-solid'
import { For } from 'solid-js'
import { books } from './schema.ts'

export function BookShelf() {
  const query = createQuery(books, { orderBy: 'title', orderDir: 'asc' })
  let scroller!: HTMLDivElement
  const virtual = createVirtualizer({
    get count() {
      return query.records.length
    },
    getScrollElement: () => scroller,
    estimateSize: () => 24,
    overscan: 4,
  })
  return (
    <div ref={scroller} style={{ height: '240px', overflow: 'auto' }}>
      <ol style={{ height: `${virtual.getTotalSize()}px`, position: 'relative', margin: 0, padding: 0 }}>
        <For each={virtual.getVirtualItems()}>
          {(item) => (
            <li style={{ position: 'absolute', height: '24px', transform: `translateY(${item.start}px)` }}>
              {/* A place of the list: one that has just gone shows nothing. */}
              {query.records[item.index]?.data.title}
            </li>
          )}
        </For>
      </ol>
    </div>
  )
}
