/** A promise that is given up for a reason after a time, in milliseconds, or with whatever ends what it is waited for. */
export function within<T>(milliseconds: number, promise: Promise<T>, late: Error, ends?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late), milliseconds)
    ends?.addEventListener('abort', reject, { once: true })
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
