/** What became of a shape since it was told last, and whose doing each part of it was; `null`: the room's. */
export interface ShapeNews<Writer> {
  /** Whether it is another, or gone; else only fields have changed. */
  whole?: { readonly is: 'added' | 'removed'; readonly by: Writer | null }
  readonly fields: Map<string, Writer | null>
}

/** What has changed and is still to be told: of each field only who wrote it last. */
export class News<Writer> {
  readonly shapes = new Map<string, ShapeNews<Writer>>()
  /** Whether somebody has undone a change. */
  hasTurned = false

  get isEmpty(): boolean {
    return this.shapes.size === 0
  }

  added(id: string, by: Writer | null): void {
    this.shapes.set(id, { whole: { is: 'added', by }, fields: new Map() })
  }

  removed(id: string, by: Writer | null): void {
    this.shapes.set(id, { whole: { is: 'removed', by }, fields: new Map() })
  }

  changed(id: string, fields: Iterable<string>, by: Writer | null): void {
    const known = this.shapes.get(id) ?? { fields: new Map() }
    this.shapes.set(id, known)
    for (const field of fields) known.fields.set(field, by)
  }

  /** What has come since. */
  merge(later: News<Writer>): void {
    this.hasTurned ||= later.hasTurned
    for (const [id, { whole, fields }] of later.shapes) {
      if (whole) this.shapes.set(id, { whole, fields: new Map(fields) })
      else for (const [field, by] of fields) this.changed(id, [field], by)
    }
  }

  /** Everyone whose doing any of it was. */
  get writers(): Set<Writer | null> {
    const writers = new Set<Writer | null>()
    for (const { whole, fields } of this.shapes.values()) {
      if (whole) writers.add(whole.by)
      for (const by of fields.values()) writers.add(by)
    }
    return writers
  }
}
