"""One call: an operation of the table, its arguments, and what an answer means."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from app.hathora.client import errors
from app.hathora.models.wire import Failure
from app.hathora.operations import Auth, Content, Operation

# encodeURIComponent leaves these alone, besides letters, digits and `_.-~`.
_UNESCAPED = "!'()*"
_STREAM_TYPES = (Content.STREAM, "")


class Caller:
    """Sends operations over one httpx client. A token that begins with `Bearer ` is sent as is."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._token = token if token.lower().startswith("bearer ") else f"Bearer {token}"

    async def call(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Mapping[str, str] | None = None,
        body: BaseModel | None = None,
    ) -> Any:
        """The success body as the operation's result type; bytes of a stream; None if empty.

        Raises:
            errors.HathoraCloudError: see the tree.
            errors.HTTPClientError: see the tree.
        """
        with _transport_errors():
            response = await self._http.send(self._request(operation, path, query, body))
        return _result(operation, response)

    @contextlib.asynccontextmanager
    async def stream(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The chunks of a stream as they arrive; only the first byte has a time limit.

        Raises as `call`, also while the chunks are read.
        """
        request = self._request(operation, path, query, None)
        limit = {**request.extensions["timeout"], "read": None}
        with _transport_errors():
            response = await self._http.send(request, stream=True)
            try:
                if response.status_code != operation.success:
                    await response.aread()
                    _result(operation, response)
                _check_type(operation, response)
                request.extensions["timeout"].update(limit)
                yield response.aiter_bytes()
            finally:
                await response.aclose()

    def _request(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Mapping[str, str] | None,
        body: BaseModel | None,
    ) -> httpx.Request:
        filled = operation.path.format(
            **{name: quote(value, safe=_UNESCAPED) for name, value in path.items()}
        )
        headers = {"accept": operation.content or Content.JSON}
        if operation.auth is Auth.DEV_TOKEN:
            headers["authorization"] = self._token
        content = None
        if body is not None:
            headers["content-type"] = Content.JSON
            content = body.model_dump_json(by_alias=True, exclude_none=True)
        return self._http.build_request(
            operation.method,
            self._http.base_url.raw_path.decode().rstrip("/") + filled
            if False
            else filled,
            params=dict(query) if query else None,
            headers=headers,
            content=content,
        )


@contextlib.contextmanager
def _transport_errors() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as fault:
        raise errors.RequestTimeoutError(str(fault) or "timed out") from fault
    except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError) as fault:
        raise errors.HathoraConnectionError(str(fault) or type(fault).__name__) from fault
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as fault:
        raise errors.InvalidRequestError(str(fault)) from fault
    except httpx.HTTPError as fault:
        raise errors.UnexpectedClientError(str(fault)) from fault


def _result(operation: Operation, response: httpx.Response) -> Any:
    status = response.status_code
    if status != operation.success:
        raise _failure(operation, response)
    if operation.content is Content.EMPTY:
        return None
    _check_type(operation, response)
    if operation.result is None:
        return response.content
    try:
        return operation.result.validate_json(response.content)
    except ValidationError as fault:
        raise errors.ResponseValidationError(status, str(fault), response.text) from fault


def _check_type(operation: Operation, response: httpx.Response) -> None:
    kind = _kind(response)
    wanted = _STREAM_TYPES if operation.content is Content.STREAM else (Content.JSON,)
    if kind not in wanted:
        message = f"Unexpected content type {kind or 'none'}"
        raise errors.SDKError(response.status_code, message)


def _failure(operation: Operation, response: httpx.Response) -> errors.HathoraCloudError:
    status, text = response.status_code, response.text
    if status not in operation.errors or _kind(response) != Content.JSON:
        return errors.SDKError(status, f"API error occurred: {text[:200]}", text)
    try:
        return errors.ApiError(status, Failure.model_validate_json(text).message, text)
    except ValidationError as fault:
        return errors.ResponseValidationError(status, str(fault), text)


def _kind(response: httpx.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()
