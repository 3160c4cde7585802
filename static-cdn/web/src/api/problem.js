// What can go wrong with a call of the API, by the names that the pages have for it.

export { ApiError as Problem, ConnectionFailed as Offline, passes } from "../sightline/errors.js";
