import { action, json, query, redirect } from '@solidjs/router'
import type { FieldErrors } from 'deepspace-solid/start'
import { getRequestEvent } from 'solid-js/web'
import * as v from 'valibot'
import { endedCookie, memberOf, sessionCookie } from './identity'
import { nameSchema } from './name-schema'
import { ownPath } from './own-path'

/** Who is signed in; `null` for a visitor. */
export const getSession = query(async () => {
  'use server'
  return memberOf(getRequestEvent()!.request)
}, 'session')

/** The same for pages of members: a visitor is sent to the sign-in, and from there back to `path`. */
export const getMember = query(async (path: string) => {
  'use server'
  const member = await memberOf(getRequestEvent()!.request)
  if (!member) throw redirect(`/sign-in?to=${encodeURIComponent(path)}`)
  return member
}, 'member')

/** Signs in whoever gives a name. This is a demonstration: an app asks for more than that. */
export const signIn = action(async (form: FormData) => {
  'use server'
  const name = v.safeParse(nameSchema, form.get('name'))
  if (!name.success) {
    const errors: FieldErrors = { name: [name.issues[0].message] }
    return json({ errors }, { status: 422, revalidate: [] })
  }
  const member = { id: name.output.toLowerCase(), name: name.output }
  throw redirect(ownPath(form.get('to')), { headers: { 'set-cookie': await sessionCookie(member) } })
}, 'sign-in')

export const signOut = action(async () => {
  'use server'
  throw redirect('/', { headers: { 'set-cookie': endedCookie } })
}, 'sign-out')
