interface Env {
  readonly RECORDS: DurableObjectNamespace
  readonly ASSETS: Fetcher
  readonly AUTH_SECRET: string
}

declare namespace Cloudflare {
  interface Env extends globalThis.Env {}
}
