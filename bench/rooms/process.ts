import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

// Linux says what a process does in text files; other systems are not asked.
const proc = '/proc'

/** The processes of a program that this one has started. */
export function childrenOf(parent: number, program: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const status = textOf(`${pid}/status`)
      return status.includes(`\nPPid:\t${parent}\n`) && status.startsWith(`Name:\t${program}\n`)
    })
}

/** The ports of IPv4 on which a process listens. */
export function portsOf(pid: number): number[] {
  const sockets = new Set(readdirSync(`${proc}/${pid}/fd`).map((fd) => linkOf(`${proc}/${pid}/fd/${fd}`)))
  const listening = '0A'
  return textOf('net/tcp')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === listening && sockets.has(`socket:[${columns[9]}]`))
    .map((columns) => Number.parseInt(columns[1]!.split(':')[1]!, 16))
}

/** Microseconds that a process has had a core for, all its threads together. */
export function cpuTime(pid: number): number {
  const nanoseconds = readdirSync(`${proc}/${pid}/task`).map((thread) => {
    return Number(textOf(`${pid}/task/${thread}/schedstat`).split(' ')[0])
  })
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000
}

/** Bytes of a process that are in memory. */
export function residentMemory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(textOf(`${pid}/status`))![1]) * 1024
}

/** Empty where the process or its file has gone meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(`${proc}/${path}`, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
