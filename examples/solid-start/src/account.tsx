import { A } from '@solidjs/router'
import { Show } from 'solid-js'
import type { Member } from './identity'
import { signOut } from './session'

/** Who is signed in, and the way in or out. */
export function Account(props: { session: Member | null | undefined }) {
  return (
    <div class="account">
      <Show when={props.session} fallback={<A href="/sign-in">Sign in</A>}>
        {(member) => (
          <>
            <span>
              <span class="visually-hidden">Signed in as </span>
              {member().name}
            </span>
            <form action={signOut} method="post">
              <button type="submit">Sign out</button>
            </form>
          </>
        )}
      </Show>
    </div>
  )
}
