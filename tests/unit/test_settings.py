"""Settings that make no sense are refused when the program starts."""

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import main
from app.settings import Settings


@pytest.mark.parametrize("text", ["*", "0.0.0.0/0", "10.0.0.0/8,::/0", "proxy.local", "10.0.0.1/8"])
def test_trusted_proxies_are_networks_and_never_everybody(text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(trusted_proxies=text)


def test_addresses_and_networks_may_be_listed() -> None:
    settings = Settings(trusted_proxies="127.0.0.1, 10.0.0.0/8,::1,")
    assert settings.proxies == ["127.0.0.1/32", "10.0.0.0/8", "::1/128"]


def test_a_wrong_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUTCH_TRUSTED_PROXIES", "*")
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 1
    assert "CLUTCH_TRUSTED_PROXIES" in result.output
    assert "Traceback" not in result.output
