"""Deployments V3."""

from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from app.hathora.models.builds import BuildV3
from app.hathora.models.enums import TransportType
from app.hathora.models.ports import ContainerPort, ContainerPortConfig, PortNumber
from app.hathora.models.wire import ABSENT, Answer, Request


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain U+0000")
    return text


class EnvConfig(Request):
    value: Annotated[str, Field(max_length=5000), AfterValidator(_without_nul)]
    name: str = Field(min_length=1, max_length=100, pattern=r"\A[a-zA-Z_][a-zA-Z0-9_]*\z")


class DeploymentConfigV3(Request):
    """What a deployment runs and with how much; memory in MB, CPU in cores."""

    fleet_id: str | None = Field(default=ABSENT, max_length=200)
    deployment_tag: str | None = Field(default=ABSENT, max_length=1000)
    idle_timeout_enabled: bool
    env: list[EnvConfig] = Field(max_length=100)
    rooms_per_process: int = Field(ge=1, le=10_000)
    additional_container_ports: list[ContainerPortConfig] | None = Field(
        default=ABSENT, max_length=2
    )
    transport_type: TransportType
    container_port: PortNumber
    requested_gpu: float | None = Field(
        default=ABSENT, alias="requestedGPU", ge=0, allow_inf_nan=False
    )
    experimental_requested_gpu: float | None = Field(
        default=ABSENT, alias="experimentalRequestedGPU", ge=0, allow_inf_nan=False
    )
    requested_memory_mb: float = Field(
        alias="requestedMemoryMB", ge=512, le=16_384, allow_inf_nan=False
    )
    requested_cpu: float = Field(alias="requestedCPU", ge=0.25, le=8, allow_inf_nan=False)
    build_id: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _check_fine_print(self) -> Self:
        if abs(self.requested_cpu * 100 - round(self.requested_cpu * 100)) > 1e-9:
            raise ValueError("requestedCPU has at most two decimals")
        names = [port.name for port in self.additional_container_ports or []]
        if len({"default", *names}) != len(names) + 1:
            raise ValueError("the names of ports must differ, and `default` is taken")
        return self


class DeploymentEnv(Answer):
    value: str
    name: str


class DeploymentV3(Answer):
    idle_timeout_enabled: bool
    env: list[DeploymentEnv]
    rooms_per_process: int
    additional_container_ports: list[ContainerPort]
    default_container_port: ContainerPort
    created_at: AwareDatetime
    created_by: str
    requested_memory_mb: float = Field(alias="requestedMemoryMB")
    requested_cpu: float = Field(alias="requestedCPU")
    deployment_id: str
    build_id: str
    app_id: str
    fleet_id: str | None = ABSENT
    deployment_tag: str | None = ABSENT
    requested_gpu: float | None = Field(default=ABSENT, alias="requestedGPU")
    experimental_requested_gpu: float | None = Field(
        default=ABSENT, alias="experimentalRequestedGPU"
    )
    build_tag: str | None = ABSENT


class DeploymentWithBuild(DeploymentV3):
    build: BuildV3
