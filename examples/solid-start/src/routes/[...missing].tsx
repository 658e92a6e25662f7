import { A } from '@solidjs/router'
import { HttpStatusCode } from '@solidjs/start'

export default function Missing() {
  return (
    <>
      <HttpStatusCode code={404} />
      <h1>No such page</h1>
      <A href="/">All tasks</A>
    </>
  )
}
