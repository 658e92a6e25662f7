import { A, Route, type RouteSectionProps, useParams } from '@solidjs/router'
import { createQuery, createRecord } from 'deepspace-solid'
import { For, Show, Suspense } from 'solid-js'
import { books } from './schema.ts'

/** What stays on every page: for `<Router root={Layout}>`. */
export function Layout(props: RouteSectionProps) {
  return (
    <>
      <nav>
        <A href="/">All books</A>
      </nav>
      <Suspense fallback={<p>One moment ...</p>}>{props.children}</Suspense>
    </>
  )
}

export function BookRoutes() {
  return (
    <>
      <Route path="/" component={BookList} />
      <Route path="/books/:id" component={BookPage} />
    </>
  )
}

function BookList() {
  const query = createQuery(books, { orderBy: 'title', orderDir: 'asc' })
  return (
    <ul>
      <For each={query.records}>
        {(book) => (
          <li>
            <A href={`/books/${encodeURIComponent(book.recordId)}`}>{book.data.title}</A>
          </li>
        )}
      </For>
    </ul>
  )
}

function BookPage() {
  const params = useParams()
  const book = createRecord(books, () => params.id)
  return (
    <Show when={book.record} fallback={<h1>No such book</h1>}>
      {(record) => <h1>{record().data.title}</h1>}
    </Show>
  )
}
