"""Apps V2."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from app.hathora.models.deployments import DeploymentWithBuild
from app.hathora.models.wire import ABSENT, Answer, Request

AppName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"\A[a-z0-9-]+\z")]


class SwitchedOn(Request):
    """An empty object: the way of signing in is on."""


class GoogleLogin(Request):
    client_id: str = Field(min_length=1, max_length=500)


class AuthConfiguration(Request):
    """Which built-in player logins an app has; `{}` switches all of them off."""

    google: GoogleLogin | None = ABSENT
    nickname: SwitchedOn | None = ABSENT
    anonymous: SwitchedOn | None = ABSENT


class LoadBalancer(Request):
    enabled: bool


class CreateAppConfig(Request):
    load_balancer: LoadBalancer | None = ABSENT
    auth_configuration: AuthConfiguration
    app_name: AppName


class Application(Answer):
    deleted_by: str | None
    deleted_at: AwareDatetime | None
    created_at: AwareDatetime
    created_by: str
    org_id: str
    service_config: dict[str, Any] | None
    auth_configuration: dict[str, Any]
    app_secret: str
    app_id: str
    app_name: str


class ApplicationWithDeployment(Application):
    deployment: DeploymentWithBuild | None = ABSENT


class ApplicationsPage(Answer):
    applications: list[ApplicationWithDeployment]
