import { createUser, createUsers, DeepSpaceError } from 'deepspace-solid'
import { createUniqueId, Index, Show } from 'solid-js'
import { PeopleIcon } from './icons.tsx'
import type { Failure } from './notices.ts'
import { Person } from './person.tsx'

/** Who has been in the room, and for admins the means to change what they may do. */
export function People(props: { readonly onFailure: (failure: Failure) => void }) {
  const self = createUser()
  const roster = createUsers()
  const id = createUniqueId()

  const setRole = async (userId: string, role: string) => {
    try {
      await roster.setRole(userId, role)
    } catch (error) {
      if (!(error instanceof DeepSpaceError)) throw error
      props.onFailure({ operation: 'set-role', error })
    }
  }

  return (
    <>
      <button type="button" class="people-button" popovertarget={id}>
        <PeopleIcon /> <span>People</span>
      </button>
      <div id={id} popover class="people" data-testid="people">
        <h2>People in this room</h2>
        <Show when={roster.users.length > 0} fallback={<p>Visitors are not shown who is here.</p>}>
          <ul>
            {/* By place: the select that changes a role stays, and keeps the focus. */}
            <Index each={roster.users}>
              {(user) => (
                <Person
                  user={user()}
                  isSelf={user().id === self.id}
                  mayChange={self.role === 'admin' && user().id !== self.id}
                  onRole={(role) => setRole(user().id, role)}
                />
              )}
            </Index>
          </ul>
          <Show when={self.role !== 'admin'}>
            <p>Admins change roles, here and live: Ada is one.</p>
          </Show>
        </Show>
      </div>
    </>
  )
}
