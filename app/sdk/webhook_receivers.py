"""Verified webhook events in FastAPI, Starlette, Flask and Django, in a line or two.

    verifier = WebhookVerifier("whsec_…")

    @app.post("/hooks")                                   # FastAPI
    async def hooks(event: Annotated[WebhookEvent, Depends(starlette_event(verifier))]): ...

    event = await starlette_event(verifier)(request)      # Starlette

    event = flask_event(verifier)                         # Flask, inside a view

    @django_hook(verifier)                                # Django; the view takes the event too
    def hooks(request, event): ...

What cannot be verified is answered 400 with the reason, and the handler is not called. Each
function imports its own framework when it is called, and nothing else.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from app.sdk.webhooks import WebhookEvent, WebhookRejected, WebhookVerifier

if TYPE_CHECKING:
    from starlette.requests import Request

REFUSED = 400


def starlette_event(
    verifier: WebhookVerifier,
) -> "Callable[[Request], Awaitable[WebhookEvent]]":
    """A function of the request that answers the event: a dependency, or called by hand."""
    from starlette.exceptions import HTTPException
    from starlette.requests import Request

    async def event(request: Request) -> WebhookEvent:
        try:
            return verifier.verify(await request.body(), request.headers)
        except WebhookRejected as rejected:
            raise HTTPException(REFUSED, rejected.reason.value) from None

    return event


def flask_event(verifier: WebhookVerifier) -> WebhookEvent:
    """The event of the request at hand."""
    from flask import abort, request

    try:
        return verifier.verify(request.get_data(), dict(request.headers))
    except WebhookRejected as rejected:
        abort(REFUSED, rejected.reason.value)


def django_hook(
    verifier: WebhookVerifier,
) -> Callable[[Callable[[Any, WebhookEvent], Any]], Callable[[Any], Any]]:
    """A decorator: the view takes the request and the event; no CSRF token is asked for."""
    from django.http import HttpResponse
    from django.views.decorators.csrf import csrf_exempt

    def decorated(view: Callable[[Any, WebhookEvent], Any]) -> Callable[[Any], Any]:
        @wraps(view)
        def checked(request: Any) -> Any:
            try:
                event = verifier.verify(request.body, request.headers)
            except WebhookRejected as rejected:
                return HttpResponse(rejected.reason.value, status=REFUSED)
            return view(request, event)

        return csrf_exempt(checked)  # type: ignore[no-any-return]

    return decorated
