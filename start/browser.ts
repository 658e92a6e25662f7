throw new Error(
  'deepspace-solid/start is for the server: import it in middleware, in server functions ("use server") and in API routes',
)

export {}
