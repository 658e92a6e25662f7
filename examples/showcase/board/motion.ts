/** A row has been drawn. */
export function appear(row: HTMLElement): void {
  if (still()) return
  row.animate({ opacity: [0, 1], transform: ['translateY(-6px)', 'none'] }, { duration: 260, easing: 'ease-out' })
}

/** An effect of a row has run. */
export function flash(row: HTMLElement): void {
  if (still()) return
  row.animate({ backgroundColor: ['var(--flash)', 'transparent'] }, { duration: 1100, easing: 'ease-out' })
}

function still(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches
}
