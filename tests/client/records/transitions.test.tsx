import {
  createMemoryHistory,
  MemoryRouter,
  Route,
  type RouteSectionProps,
  useNavigate,
  useParams,
} from '@solidjs/router'
import { createQuery, createRecord, RecordProvider, RecordScope } from 'deepspace-solid'
import {
  type Accessor,
  createResource,
  createSignal,
  ErrorBoundary,
  For,
  type JSX,
  Match,
  Show,
  Suspense,
  Switch,
  startTransition,
  useTransition,
} from 'solid-js'
import { describe, expect, test } from 'vitest'
import { collections, samples } from '../../support/collections.ts'
import { base, type Page, show, until } from '../../support/room.tsx'
import { caughtUp, sentTo, socketTo } from '../../support/sockets.ts'
import { Wire } from '../../support/wire.ts'

/** The two rooms of a test: a room for each place, with the records a and b in both. */
async function twoRooms() {
  const rooms: Record<string, string> = { a: crypto.randomUUID(), b: crypto.randomUUID(), c: crypto.randomUUID() }
  const wires: Record<string, Wire> = {}
  for (const [place, room] of Object.entries(rooms)) {
    const wire = await Wire.open(base, room, 'bob')
    wires[place] = wire
    for (const name of ['a', 'b', 'c']) await wire.put('samples', name, { text: `${name} of ${place}`, required: name })
  }
  return { rooms, wires }
}

/** What stands beside the records, and is there before them or long after. */
type Neighbour = 'none' | 'faster' | 'slower'

/** Something else that the page at a place waits for. */
function makeNeighbour(neighbour: Neighbour) {
  const waiting: (() => void)[] = []
  return {
    /** Lets the slower one arrive. */
    arrive: () => {
      for (const arrives of waiting.splice(0)) arrives()
    },
    isWaitedFor: () => waiting.length > 0,
    create: (at: Accessor<string>): Accessor<string> => {
      if (neighbour === 'none') return at
      const [value] = createResource(at, async (place) => {
        if (neighbour === 'slower') await new Promise<void>((resolve) => waiting.push(resolve))
        return place
      })
      return () => value() ?? '-'
    },
  }
}

/** What a page at a place shows of the records: its text is `<records> | <neighbour>`. */
type Content = (props: {
  at: string
  rooms: Readonly<Record<string, string>>
  neighbour: Accessor<string>
}) => JSX.Element

const contents = {
  'changed options': (props) => {
    const query = createQuery(samples, () => ({ where: { required: props.at } }))
    return (
      <p>
        <For each={query.records}>{(row) => row.data.required}</For> | {props.neighbour()}
      </p>
    )
  },
  'changed id': (props) => {
    const task = createRecord(samples, () => props.at)
    return (
      <p>
        {task.record?.data.required} | {props.neighbour()}
      </p>
    )
  },
  'changed room': (props) => {
    const Reader = () => {
      const query = createQuery(samples, { where: { required: 'a' } })
      return <For each={query.records}>{(row) => row.data.text?.at(-1)}</For>
    }
    return (
      <p>
        <RecordScope roomId={props.rooms[props.at]!} collections={collections}>
          <Reader />
        </RecordScope>{' '}
        | {props.neighbour()}
      </p>
    )
  },
} satisfies Record<string, Content>

/** What is around the page, down to its nearest boundary. */
const layouts = {
  'root Suspense': (props: { children: JSX.Element }) => <Suspense fallback="waiting">{props.children}</Suspense>,
  'nested Suspense': (props: { children: JSX.Element }) => (
    <Suspense fallback="waiting outside">
      <section>
        <Suspense fallback="waiting">{props.children}</Suspense>
      </section>
    </Suspense>
  ),
}

/** How an app moves: gives where it is, and moves it. */
interface Mover {
  readonly at: Accessor<string>
  readonly go: (place: string) => void
}

/** An app that moves by a transition of its own. */
function bySignal(move: (start: () => void) => unknown) {
  return (render: (mover: Mover) => JSX.Element): JSX.Element => {
    const [at, setAt] = createSignal('a')
    return render({ at, go: (place) => void move(() => setAt(place)) })
  }
}

const movers: Record<string, (render: (mover: Mover) => JSX.Element) => JSX.Element> = {
  startTransition: bySignal((change) => startTransition(change)),
  useTransition: (render) => {
    const [, start] = useTransition()
    return bySignal((change) => start(change))(render)
  },
  'the router': (render) => {
    const history = createMemoryHistory()
    history.set({ value: '/a' })
    const At = () => {
      const navigate = useNavigate()
      const params = useParams<{ at: string }>()
      return render({ at: () => params.at, go: (place) => navigate(`/${place}`) })
    }
    return (
      <MemoryRouter history={history} root={(props: RouteSectionProps) => <>{props.children}</>}>
        <Route path="/:at" component={At} />
      </MemoryRouter>
    )
  },
}

/** Everything that a page has shown. */
function watch(page: Page): string[] {
  const seen: string[] = []
  const note = () => {
    const text = page.root.textContent
    if (seen.at(-1) !== text) seen.push(text)
  }
  new MutationObserver(note).observe(page.root, { subtree: true, childList: true, characterData: true })
  note()
  return seen
}

const cases = Object.keys(layouts).flatMap((layout) =>
  Object.keys(movers).flatMap((mover) =>
    Object.keys(contents).flatMap((content) =>
      (['none', 'faster', 'slower'] as const).map((neighbour) => ({ layout, mover, content, neighbour })),
    ),
  ),
)

/** Renders one of the cases; `mover` is there once it has rendered. */
function mount({ layout, mover, content, neighbour }: (typeof cases)[number], rooms: Record<string, string>) {
  const beside = makeNeighbour(neighbour)
  const Layout = layouts[layout as keyof typeof layouts]
  const Content: Content = contents[content as keyof typeof contents]
  let moves!: Mover
  const page = show(() => (
    <RecordProvider url={base}>
      <RecordScope roomId={rooms.a!} collections={collections}>
        {movers[mover]!((made) => {
          moves = made
          const neighbour = beside.create(made.at)
          return (
            <Layout>
              <Content at={made.at()} rooms={rooms} neighbour={neighbour} />
            </Layout>
          )
        })}
      </RecordScope>
    </RecordProvider>
  ))
  return { page, beside, go: (place: string) => moves.go(place) }
}

describe('R14: a transition', () => {
  test.for(cases)('R14: $mover, $layout, $content, $neighbour neighbour', async (drawn) => {
    const { rooms, wires } = await twoRooms()
    const { page, beside, go } = mount(drawn, rooms)
    const settles = async (text: string): Promise<void> => {
      if (drawn.neighbour === 'slower') {
        await until(beside.isWaitedFor)
        // The records are there long before what stands beside them.
        await wires.a!.put('samples', 'elsewhere', { required: crypto.randomUUID() })
        beside.arrive()
      }
      await until(() => page.root.textContent === text)
    }
    await settles('a | a')
    const seen = watch(page)
    go('b')
    await settles('b | b')
    go('a')
    await settles('a | a')
    // At no time anything between, and no fallback.
    expect(seen).toEqual(['a | a', 'b | b', 'a | a'])
    // What it shows is live.
    if (drawn.content === 'changed options') {
      await wires.a!.put('samples', 'second', { required: 'a' })
      await until(() => page.root.textContent === 'aa | a')
    }
  })

  test.for(cases.filter(({ neighbour }) => neighbour === 'slower'))(
    'R14: $mover, $layout, $content: one that is overtaken by another leaves nothing behind',
    async (drawn) => {
      const { rooms } = await twoRooms()
      const { page, beside, go } = mount(drawn, rooms)
      await until(beside.isWaitedFor)
      beside.arrive()
      await until(() => page.root.textContent === 'a | a')
      const seen = watch(page)
      go('b')
      await until(beside.isWaitedFor)
      go('c')
      await until(() =>
        drawn.content === 'changed room'
          ? sentTo(rooms.c!, 'core.subscribe').length > 0
          : sentTo(rooms.a!, 'core.subscribe').length > 2,
      )
      await until(() => {
        beside.arrive()
        return page.root.textContent === 'c | c'
      })
      expect(seen).toEqual(['a | a', 'c | c'])
      go('a')
      await until(() => {
        beside.arrive()
        return page.root.textContent === 'a | a'
      })
    },
  )

  test.for(Object.keys(movers))(
    'R14: %s to a page that loads for the first time arrives, and so does every later one',
    async (mover) => {
      const { rooms } = await twoRooms()
      const List = () => {
        const query = createQuery(samples, { orderBy: 'required', orderDir: 'asc' })
        return <For each={query.records}>{(row) => row.data.required}</For>
      }
      let moves!: Mover
      const page = show(() => (
        <RecordProvider url={base}>
          <RecordScope roomId={rooms.a!} collections={collections}>
            {movers[mover]!((made) => {
              moves = made
              return (
                <Suspense fallback="waiting">
                  <Switch fallback="home">
                    <Match when={made.at() === 'b'}>
                      <List />
                    </Match>
                  </Switch>
                </Suspense>
              )
            })}
          </RecordScope>
        </RecordProvider>
      ))
      await until(() => page.root.textContent === 'home')
      const seen = watch(page)
      for (let round = 0; round < 3; round++) {
        moves.go('b')
        await until(() => page.root.textContent === 'abc')
        moves.go('a')
        await until(() => page.root.textContent === 'home')
      }
      expect(seen).toEqual(['home', 'abc', 'home', 'abc', 'home', 'abc', 'home'])
    },
  )

  test('R14: while it is on its way the page it leaves keeps its room and what it shows', async () => {
    const { rooms, wires } = await twoRooms()
    const drawn = {
      layout: 'root Suspense',
      mover: 'startTransition',
      content: 'changed room',
      neighbour: 'slower',
    } as const
    const beside = makeNeighbour('slower')
    let moves!: Mover
    const Reader = () => {
      const query = createQuery(samples, { where: { recordId: 'a' } })
      return <For each={query.records}>{(row) => row.data.text}</For>
    }
    const page = show(() => (
      <RecordProvider url={base} keepFor={0}>
        {movers[drawn.mover]!((made) => {
          moves = made
          const neighbour = beside.create(made.at)
          return (
            <Suspense fallback="waiting">
              <RecordScope roomId={rooms[made.at()]!} collections={collections}>
                <Reader /> {neighbour()}
              </RecordScope>
            </Suspense>
          )
        })}
      </RecordProvider>
    ))
    await until(beside.isWaitedFor)
    beside.arrive()
    await until(() => page.root.textContent === 'a of a a')
    moves.go('b')
    await until(beside.isWaitedFor)
    await wires.a!.put('samples', 'b', { text: 'changed meanwhile' })
    await until(() => sentTo(rooms.b!, 'core.subscribe').length > 0)
    await caughtUp(rooms.b!)
    await caughtUp(rooms.a!)
    expect(page.root.textContent).toBe('a of a a')
    expect(socketTo(rooms.a!).socket.readyState).toBe(WebSocket.OPEN)
    beside.arrive()
    await until(() => page.root.textContent === 'a of b b')
    await until(() => socketTo(rooms.a!).socket.readyState >= WebSocket.CLOSING)
  })

  test('R14: a page that is left before its answer has come holds up nothing', async () => {
    const { rooms } = await twoRooms()
    const [at, setAt] = createSignal('home')
    const Slow = () => {
      const query = createQuery(samples, { where: { required: 'a' } })
      return <>{query.records.length}</>
    }
    const page = show(() => (
      <RecordProvider url={base} getToken={() => new Promise(() => {})}>
        <RecordScope roomId={rooms.a!} collections={collections}>
          <Suspense fallback="waiting">
            <Switch fallback={at()}>
              <Match when={at() === 'slow'}>
                <Slow />
              </Match>
            </Switch>
          </Suspense>
        </RecordScope>
      </RecordProvider>
    ))
    void startTransition(() => setAt('slow'))
    await Promise.resolve()
    await Promise.resolve()
    expect(page.root.textContent).toBe('home')
    await startTransition(() => setAt('elsewhere'))
    await until(() => page.root.textContent === 'elsewhere')
  })

  test('R14: an error boundary that is reset asks anew, and gives back what it held', async () => {
    const { rooms, wires } = await twoRooms()
    const [broken, setBroken] = createSignal(true)
    const Fragile = () => {
      const query = createQuery(samples, { where: { required: 'a' } })
      return (
        <Show when={query.records.length > 0 && broken()} fallback={query.records.length}>
          {(() => {
            throw new Error('broken')
          })()}
        </Show>
      )
    }
    let reset = (): void => {}
    const page = show(() => (
      <RecordProvider url={base} keepFor={0}>
        <RecordScope roomId={rooms.a!} collections={collections}>
          <ErrorBoundary
            fallback={(error: Error, again) => {
              reset = again
              return error.message
            }}
          >
            <Fragile />
          </ErrorBoundary>
        </RecordScope>
      </RecordProvider>
    ))
    await until(() => page.root.textContent === 'broken')
    await until(() => sentTo(rooms.a!, 'core.unsubscribe').length === 1)
    setBroken(false)
    reset()
    await until(() => page.root.textContent === '1')
    await wires.a!.put('samples', 'second', { required: 'a' })
    await until(() => page.root.textContent === '2')
    expect(sentTo(rooms.a!, 'core.subscribe')).toHaveLength(2)
  })
})
