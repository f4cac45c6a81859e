// The server's own words for people. Any other error speaks the browser's language ("Failed to
// fetch"), or of a page where an answer was expected: what to do then stands on the page itself.
export class Told extends Error {}
export const wordsOf = (error) => (error instanceof Told ? error.message : "");
