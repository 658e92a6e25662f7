/** What has come on a raw connection, in order, for tests that wait for something among it. */
export class Arrivals<F> {
  frames: F[] = []
  #next = Promise.withResolvers<void>()

  /** Something has come. */
  protected arrived(): void {
    this.#next.resolve()
    this.#next = Promise.withResolvers()
  }

  /** Resolves when the next has come. */
  protected get next(): Promise<void> {
    return this.#next.promise
  }

  /** Waits for a frame, among those from one on that have come already too; `wanted` is told how many came after that one. */
  async until(wanted: (frame: F, index: number) => boolean, from = 0): Promise<F> {
    for (;;) {
      const found = this.frames.find((frame, index) => index >= from && wanted(frame, index - from))
      if (found !== undefined) return found
      await this.next
    }
  }
}
