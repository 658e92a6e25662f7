declare module 'workerd:unsafe' {
  const unsafe: {
    /** Puts an object to sleep once it has nothing more to do. Rejects when it is not awake. */
    evict(stub: unknown, options: { readonly webSockets: 'hibernate' | 'close' }): Promise<void>
  }
  export default unsafe
}
