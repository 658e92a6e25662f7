import { useLocation, useSubmission } from '@solidjs/router'
import { signIn } from '../session'

/** Signs in by a name alone. Whoever is sent here from a page goes back to it. */
export default function SignIn() {
  const { query } = useLocation()
  const signing = useSubmission(signIn)
  const error = () => signing.result?.errors.name?.[0] ?? signing.error?.message
  return (
    <>
      <h1>Sign in</h1>
      <form class="card form" action={signIn} method="post">
        <input type="hidden" name="to" value={query.to ?? '/'} />
        <div class="fields">
          <div class="field grows">
            <label for="name">Your name</label>
            <input
              id="name"
              name="name"
              autocomplete="username"
              value={(signing.input?.[0].get('name') as string | undefined) ?? ''}
              aria-invalid={error() ? 'true' : 'false'}
              aria-describedby="name-error name-hint"
            />
          </div>
          <button type="submit" class="primary" disabled={signing.pending}>
            {signing.pending ? 'Signing in…' : 'Sign in'}
          </button>
        </div>
        <p id="name-error" class="error" role="alert">
          {error()}
        </p>
        <p id="name-hint" class="soft">
          This is a demonstration: a name is enough, there is no password. The same name is the same person.
        </p>
      </form>
    </>
  )
}
