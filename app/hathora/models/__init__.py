"""Wire models, one file a resource; names and keys are those of the API (camelCase on the wire)."""
