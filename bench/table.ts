/** A table that prints each row as soon as it is known, so its columns have fixed widths. */
export class Table {
  readonly #widths: readonly number[]

  constructor(title: string, columns: readonly (readonly [heading: string, width: number])[]) {
    this.#widths = columns.map(([, width]) => width)
    console.log(`\n${title}`)
    this.row(...columns.map(([heading]) => heading))
    console.log('-'.repeat(this.#widths.reduce((sum, width) => sum + width + 2, -2)))
  }

  row(...cells: readonly string[]): void {
    const padded = cells.map((cell, column) => {
      const width = this.#widths[column] ?? 0
      return column === 0 ? cell.padEnd(width) : cell.padStart(width)
    })
    console.log(padded.join('  ').trimEnd())
  }
}

/** Microseconds, in the unit that reads best. */
export function duration(micros: number): string {
  if (micros >= 10_000) return `${round(micros / 1000)} ms`
  return `${round(micros)} µs`
}

export function ratio(value: number): string {
  return `${round(value)} x`
}

export function bytes(value: number): string {
  return `${Math.round(value)} B`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** What a figure should be at most, and whether it is. */
export function verdict(value: number, target: number | undefined, unit: string): string {
  if (target === undefined) return ''
  return `<= ${target} ${unit} ${value <= target ? 'ok' : 'OVER'}`
}

/** What a figure should be at least, and whether it is. */
export function atLeast(value: number, target: number, unit: string): string {
  return `>= ${target} ${unit} ${value >= target ? 'ok' : 'UNDER'}`
}

function round(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
