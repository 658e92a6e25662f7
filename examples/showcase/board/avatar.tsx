import { findDemoUser } from '../demo-users.ts'

/** A person as a letter in their colour. It is only a picture: say the name beside it, or in a label around it. */
export function Avatar(props: { readonly userId: string }) {
  return (
    <span class="avatar" data-user={props.userId} aria-hidden="true">
      {(findDemoUser(props.userId)?.name ?? props.userId).charAt(0).toUpperCase()}
    </span>
  )
}
