import type { Failure } from './notices.ts'

/** A refusal in the words of the person who asked; the room's own words are shown beside it. */
export function describeFailure(failure: Failure, who: string, title: string | undefined): string {
  const subject = title === undefined ? 'this task' : `“${title}”`
  switch (failure.error.code) {
    case 'denied':
      return `${who} may not ${attempted(failure, subject)}`
    case 'not-found':
      return title === undefined ? 'It is not there any more' : `${subject} is not there any more`
    case 'invalid-field':
      return 'The board does not accept this value'
    case 'not-connected':
      return 'Offline: nothing was sent'
    case 'disconnected':
    case 'timeout':
      return 'No answer: it may or may not have been saved'
    default:
      return `It was not possible to ${attempted(failure, subject)}`
  }
}

function attempted(failure: Failure, subject: string): string {
  switch (failure.operation) {
    case 'create':
      return 'add tasks'
    case 'put':
      return `change ${subject}`
    case 'remove':
      return `delete ${subject}`
    case 'set-role':
      return 'change roles'
    case 'draw':
      return 'draw this'
  }
}
