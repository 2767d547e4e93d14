"""Generated requests against the served OpenAPI; `scripts/fuzz --help` tells the options."""
