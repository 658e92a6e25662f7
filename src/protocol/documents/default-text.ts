/** The name of the text that a document has where nobody names another. */
export const defaultText = 'content'
