/** How the ids begin of visitors without a token: no user has one (E9). */
export const visitorPrefix = 'anon-'

/** Whether an id is that of a visitor without a token. */
export function isVisitorId(userId: string): boolean {
  return userId.startsWith(visitorPrefix)
}

/** Whether two ids are those of the same user, or both of visitors, who have another at each connection. */
export function isSameUser(one: string, other: string): boolean {
  return one === other || (isVisitorId(one) && isVisitorId(other))
}
