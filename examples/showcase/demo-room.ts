/** The room that a page opens unless its address names another. */
export const showcaseRoom = 'app:showcase'
