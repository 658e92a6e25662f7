import { createColumnHelper, createTable, tableFeatures } from '@tanstack/solid-table'
import { createQuery } from 'deepspace-solid'
import type { RecordOf } from 'deepspace-solid/schema'
import { createMemo, createSignal, For } from 'solid-js'
import { books } from './schema.ts'

const features = tableFeatures({})
const { columns, accessor } = createColumnHelper<typeof features, RecordOf<typeof books>>()
// A cell reads the field itself: what `getValue` gives is remembered, and does not change.
const bookColumns = columns([
  accessor('data.title', { id: 'title', header: 'Title', cell: ({ row }) => <>{row.original.data.title}</> }),
  accessor('data.author', { id: 'author', header: 'Author', cell: ({ row }) => <>{row.original.data.author}</> }),
  accessor('data.pages', { id: 'pages', header: 'Pages', cell: ({ row }) => <>{row.original.data.pages}</> }),
])

export function BookTable() {
  const [orderBy, setOrderBy] = createSignal<'title' | 'author' | 'pages'>('title')
  // The room finds, orders and limits; the table lays out.
  const query = createQuery(books, () => ({ orderBy: orderBy(), orderDir: 'asc', limit: 100 }))
  const rows = createMemo(() => query.records.slice())
  const table = createTable({
    features,
    columns: bookColumns,
    getRowId: (book) => book.recordId,
    get data() {
      return rows()
    },
  })
  return (
    <table>
      <thead>
        <For each={table.getHeaderGroups()}>
          {(group) => (
            <tr>
              <For each={group.headers}>
                {(header) => (
                  <th>
                    <button type="button" onClick={() => setOrderBy(header.column.id as ReturnType<typeof orderBy>)}>
                      <table.FlexRender header={header} />
                    </button>
                  </th>
                )}
              </For>
            </tr>
          )}
        </For>
      </thead>
      <tbody>
        {/* Over the records, which stay the same objects: the table makes its rows anew when one comes or goes. */}
        <For each={rows()}>
          {(book) => {
            const cells = table.getRow(book.recordId).getAllCells()
            return (
              <tr>
                {cells.map((cell) => (
                  <td>
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            )
          }}
        </For>
      </tbody>
    </table>
  )
}
