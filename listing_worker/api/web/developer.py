"""What developers look at: webhooks with their deliveries, API keys."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from listing_worker.api import api_keys, schemas, webhooks
from listing_worker.api.api_keys import ApiKeyIn
from listing_worker.api.auth import Caller
from listing_worker.api.errors import ApiError, from_validation
from listing_worker.api.notifications import NotificationIn, delete_notification, put_notification
from listing_worker.api.ports import Resources, Wired
from listing_worker.api.scopes import Scope
from listing_worker.api.web.forms import Posted
from listing_worker.api.web.render import page
from listing_worker.api.web.signin import Seller
from listing_worker.errors import ListingInvalid
from listing_worker.storage.errors import StoreRefused

router = APIRouter(include_in_schema=False)
USUALLY_TOLD = ("job.completed", "posting.action_required", "session.expiring")


@router.get("/activity/webhooks")
def show_webhooks(request: Request, caller: Seller, wired: Wired, said: str = "") -> HTMLResponse:
    return _webhooks(request, wired, caller, said=said)


@router.post("/activity/webhooks")
def add_webhook(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """The new signing secret is on the answer's page, once."""
    try:
        asked = schemas.WebhookIn.model_validate({"url": form.get("url"), "events": form.all("event")})
        made = webhooks.put_webhook(asked, caller, wired)
    except ValidationError as error:
        return _webhooks(request, wired, caller, error=from_validation(error.errors()), typed=form.get("url"))
    except ApiError as error:
        return _webhooks(request, wired, caller, error=error, typed=form.get("url"))
    return _webhooks(request, wired, caller, secret=made.secret, secret_of=made.url)


@router.post("/activity/webhooks/{endpoint_id}/rotate")
def rotate(request: Request, endpoint_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    made = webhooks.rotate_secret(endpoint_id, caller, wired)
    return _webhooks(request, wired, caller, secret=made.secret, secret_of=made.url)


@router.post("/activity/webhooks/{endpoint_id}/delete")
def delete(endpoint_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    webhooks.delete_webhook(endpoint_id, caller, wired)
    return RedirectResponse("/activity/webhooks", status_code=303)


@router.post("/activity/deliveries/{delivery_id}/redeliver")
def redeliver(delivery_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    webhooks.redeliver(delivery_id, caller, wired)
    return RedirectResponse("/activity/webhooks?said=redelivered", status_code=303)


@router.get("/activity/notifications")
def show_notifications(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    return _notifications(request, wired, caller)


@router.post("/activity/notifications")
def add_notification(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """E-mail or push for the chosen events."""
    try:
        asked = NotificationIn.model_validate({"to": form.get("to"), "events": form.all("event")})
        put_notification(asked, caller, wired)
    except ValidationError as error:
        return _notifications(request, wired, caller, error=from_validation(error.errors()))
    except (ListingInvalid, StoreRefused) as error:
        return _notifications(request, wired, caller, error=ApiError(422, error.code, error.message, field="to"))
    return RedirectResponse("/activity/notifications", status_code=303)


@router.post("/activity/notifications/{notification_id}/delete")
def stop_notification(notification_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    delete_notification(notification_id, caller, wired)
    return RedirectResponse("/activity/notifications", status_code=303)


@router.get("/activity/keys")
def show_keys(request: Request, caller: Seller, wired: Wired) -> HTMLResponse:
    return _keys(request, wired, caller)


@router.post("/activity/keys")
def make_key(request: Request, form: Posted, caller: Seller, wired: Wired) -> Response:
    """The key is on the answer's page, once."""
    try:
        asked = ApiKeyIn.model_validate({"name": form.get("name"), "scopes": form.all("scope")})
    except ValidationError as error:
        return _keys(request, wired, caller, error=from_validation(error.errors()), typed=form.get("name"))
    made = api_keys.create_key(asked, caller, wired)
    return _keys(request, wired, caller, key=made.key)


@router.post("/activity/keys/{key_id}/revoke")
def revoke(key_id: str, form: Posted, caller: Seller, wired: Wired) -> Response:
    api_keys.revoke_key(key_id, caller, wired)
    return RedirectResponse("/activity/keys", status_code=303)


def _webhooks(
    request: Request,
    wired: Resources,
    caller: Caller,
    *,
    said: str = "",
    secret: str | None = None,
    secret_of: str = "",
    error: ApiError | None = None,
    typed: str = "",
) -> HTMLResponse:
    return page(
        request,
        wired,
        caller,
        "webhooks.html",
        status=error.status_code if error else 200,
        endpoints=wired.store.list_webhook_endpoints(caller.user_id),
        deliveries=wired.store.list_webhooks(caller.user_id, 30),
        events=[event.value for event in schemas.WebhookEvent],
        said=said == "redelivered",
        secret=secret,
        secret_of=secret_of,
        error=error,
        typed=typed,
    )


def _notifications(
    request: Request, wired: Resources, caller: Caller, *, error: ApiError | None = None
) -> HTMLResponse:
    return page(
        request,
        wired,
        caller,
        "notifications.html",
        status=error.status_code if error else 200,
        told=wired.store.list_notifications(caller.user_id),
        events=[event.value for event in schemas.WebhookEvent],
        usual=USUALLY_TOLD,
        error=error,
    )


def _keys(
    request: Request,
    wired: Resources,
    caller: Caller,
    *,
    key: str | None = None,
    error: ApiError | None = None,
    typed: str = "",
) -> HTMLResponse:
    return page(
        request,
        wired,
        caller,
        "keys.html",
        status=error.status_code if error else 200,
        keys=wired.store.list_api_keys(caller.user_id),
        scopes=[scope.value for scope in Scope],
        key=key,
        error=error,
        typed=typed,
    )
