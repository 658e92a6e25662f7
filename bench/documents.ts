import { largeDocument, memoryOfStruct, opened, typed } from './rooms/documents.ts'
import { Workerd } from './rooms/workerd.ts'
import { bytes, count, duration, ratio, Table, verdict } from './table.ts'

/** A room with a document beside an object that keeps one blob and knows nothing of it, in a real workerd. */
export async function run({ quick }: { readonly quick: boolean }): Promise<string[]> {
  const wrong: string[] = []
  const workerd = await Workerd.start()
  try {
    for (const letters of quick ? [1_000, 10_000_000] : [1_000, 100_000, 10_000_000]) {
      const table = new Table(
        `a document of ${count(letters)} letters, beside a bare object that keeps one blob in parts`,
        [
          ['', 36],
          ['bare', 10],
          ['ours', 10],
          ['ours / bare', 11],
        ],
      )
      for await (const { what, bare, ours } of largeDocument(workerd, letters, quick ? 2 : 5)) {
        table.row(what, duration(bare), duration(ours), ratio(ours / bare))
      }
    }
    const keystrokes = 20_000
    const { came, rows, bytes: stored } = await typed(workerd, keystrokes)
    const table = new Table(`${count(keystrokes)} keystrokes as fast as they can`, [
      ['', 36],
      ['', 12],
      ['target', 14],
    ])
    table.row('rows in the tables', count(rows), verdict(rows, 600, ''))
    table.row('bytes in them', bytes(stored))
    table.row('bytes that came', bytes(came))
    table.row('memory of a struct, in Node', bytes(memoryOfStruct(quick ? 50_000 : 200_000)))
    for (const letters of quick ? [keystrokes] : [1_000, keystrokes, 200_000]) {
      const at = await opened(workerd, letters, quick ? 5 : 15)
      const table = new Table(
        `a document of ${count(at.worstAt)} letters, opened where there is most to open (${count(at.entries)} entries)`,
        [
          ['', 36],
          ['', 12],
          ['target', 14],
        ],
      )
      table.row('typed, each letter written by itself', duration(at.typed))
      table.row('pasted', duration(at.pasted))
      const times = at.typed / at.pasted
      // Of fewer there is hardly anything but what each opening takes.
      table.row('typed / pasted', ratio(times), letters === keystrokes ? verdict(times, 5, '') : '')
    }
    if (rows > 600) wrong.push(`${rows} rows of ${keystrokes} keystrokes`)
  } finally {
    await workerd.close()
  }
  return wrong
}
