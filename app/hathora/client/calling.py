"""One call: an operation of the table, its arguments, and what an answer means."""

import asyncio
import contextlib
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
_STREAM_TYPES = (Content.STREAM, "")  # the live API is said to send streams without a type


class Caller:
    """Sends operations over one httpx client; a whole call, body included, has `timeout_seconds`.

    A token that begins with `Bearer ` is sent as is.
    """

    def __init__(self, http: httpx.AsyncClient, token: str, timeout_seconds: float) -> None:
        self._http = http
        self._timeout_seconds = timeout_seconds
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
        request = self._request(operation, path, query, body)
        with _transport_errors():
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._http.send(request)
        return _result(operation, response)

    @contextlib.asynccontextmanager
    async def stream(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The chunks of a stream as they arrive; only the first byte has a time limit.

        Raises as `call`, also while the chunks are read.
        """
        request = self._request(operation, path, query, None)
        with _transport_errors():
            response = await self._http.send(request, stream=True)
        try:
            if response.status_code != operation.success:
                with _transport_errors():
                    await response.aread()
                raise _failure(operation, response)
            _check_type(operation, response)
            request.extensions["timeout"]["read"] = None  # httpx reads it for each chunk
            yield _chunks(response)
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
            **{name: _encoded(name, value) for name, value in path.items()}
        )
        headers = {"accept": str(operation.content or Content.JSON)}
        if operation.auth is Auth.DEV_TOKEN:
            headers["authorization"] = self._token
        content = None
        if body is not None:
            headers["content-type"] = Content.JSON
            content = body.model_dump_json(by_alias=True, exclude_none=True)
        return self._http.build_request(
            operation.method,
            filled,
            params=dict(query) if query else None,
            headers=headers,
            content=content,
        )


def _encoded(name: str, value: str) -> str:
    """As encodeURIComponent does it. Segments that URLs give a meaning cannot be ids."""
    if value in ("", ".", ".."):
        raise errors.SDKValidationError(f"{name}: {value!r} is no id")
    return quote(value, safe=_UNESCAPED)


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    with _transport_errors():
        async for chunk in response.aiter_bytes():
            yield chunk


@contextlib.contextmanager
def _transport_errors() -> Iterator[None]:
    try:
        yield
    except (httpx.TimeoutException, TimeoutError) as fault:
        raise errors.RequestTimeoutError(str(fault) or "timed out") from fault
    except (httpx.StreamClosed, RuntimeError) as fault:
        raise errors.RequestAbortedError(str(fault)) from fault
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
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()
