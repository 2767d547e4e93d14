"""The path that a customer chose for an audience, in place of the one its config begins with."""

from functools import lru_cache

import orjson

from app.engine.config import Config, with_active_path

NOTHING = "{}"
CACHED_MAX = 256
_chosen: dict[tuple[str, str], Config] = {}


def with_choices(config_version_id: str, config: Config, chosen: str) -> Config:
    """The config with the customer's choices, `{audience: path}` as JSON text.

    A path that this version does not have, or has for another audience, is not chosen.
    """
    if chosen == NOTHING:
        return config
    key = (config_version_id, chosen)
    found = _chosen.get(key)
    if found is None:
        found = with_paths(config, chosen)
        if len(_chosen) >= CACHED_MAX:
            _chosen.pop(next(iter(_chosen)))
        _chosen[key] = found
    return found


def with_paths(config: Config, chosen: str) -> Config:
    """The same for a config that has no version yet, or may still change; nothing is kept."""
    for audience, path_key in _read(chosen).items():
        path = config.paths.get(path_key)
        if path is not None and path.audience == audience:
            config = with_active_path(config, path_key)
    return config


@lru_cache(maxsize=64)
def _read(chosen: str) -> dict[str, str]:
    read: dict[str, str] = orjson.loads(chosen)
    return read
