"""A refused method is answered with the ones that the path has."""

import pytest

from tests.factories import Api
from tests.surface import fault_of


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api-keys", "GET, POST"), ("/events/batch", "GET, POST"), ("/items", "GET")],
)
async def test_405_names_every_method_of_the_path(path: str, allowed: str, api: Api) -> None:
    answer = await api.call("OPTIONS", path)
    assert fault_of(answer, 405, "method_not_allowed") is None
    assert answer.headers["Allow"] == allowed
