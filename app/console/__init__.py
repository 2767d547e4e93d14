"""The console: pages for the people who run a game, and the cookie with which they call the API."""
