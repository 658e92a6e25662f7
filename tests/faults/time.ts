// The clocks of the clients, in the place of the real ones before anything of theirs is loaded.
import './skewed-date.ts'

/** How many times faster than written the clients wait: their patience is made for people. */
const speed = 10

const { setTimeout: trueTimeout } = globalThis

globalThis.setTimeout = ((run: () => void, wait = 0, ...args: []) =>
  trueTimeout(run, wait / speed, ...args)) as typeof setTimeout
