const format = new Intl.NumberFormat('en')

/** `5024` as `5,024`. */
export function formatCount(count: number): string {
  return format.format(count)
}
