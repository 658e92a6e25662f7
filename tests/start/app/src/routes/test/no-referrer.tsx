import { AddTask } from '../../add-task'

/** A page that does not say where its requests come from. */
export default function NoReferrer() {
  return (
    <main>
      <meta name="referrer" content="no-referrer" />
      <AddTask />
    </main>
  )
}
