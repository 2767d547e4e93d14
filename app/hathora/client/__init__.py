"""A client of the Hathora API; see `client.HathoraClient`."""
