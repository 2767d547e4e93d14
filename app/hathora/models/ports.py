"""Ports as a deployment asks for them and as a process exposes them."""

from typing import Annotated

from pydantic import Field

from app.hathora.models.enums import OpenTransportType, TransportType
from app.hathora.models.wire import Answer, Request

PortNumber = Annotated[int, Field(ge=1, le=65535)]
PortName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\A[a-z][a-z0-9-]*\z")]


class ExposedPort(Answer):
    transport_type: OpenTransportType
    port: int
    host: str
    name: str


class ContainerPort(Answer):
    transport_type: OpenTransportType
    port: int
    name: str


class ContainerPortConfig(Request):
    """One further port of a deployment (at most two)."""

    transport_type: TransportType
    port: PortNumber
    name: PortName
