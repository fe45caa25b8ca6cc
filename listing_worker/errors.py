"""Every error of the system, and who must act on it.

    ListingWorkerError
    ├── SellerError                   the seller acts: edit the listing, sign in, confirm
    │   ├── ListingInvalid            before a browser opens: a field breaks a rule
    │   │   └── VocabularyGap         the marketplace has no word for one of ours
    │   ├── PublishRefused            the marketplace's form said no, and nothing was listed
    │   └── ActionRequired            the marketplace asks the person
    │       ├── SignInRequired        no session, or it turned out signed out
    │       ├── ChallengeShown        a captcha, a code, a verification page
    │       └── AccountRestricted     suspended, limited, not ready to sell
    ├── RetryLater(seconds)           the worker waits and tries again
    │   ├── RateLimited               the site asked to slow down
    │   ├── Paced                     our own pacing: the posting's turn comes later
    │   ├── PageTimeout               the site did not answer in time
    │   ├── SiteUnavailable           the site answered 5xx or refused the connection
    │   └── BrowserCrashed            Chromium went away
    ├── FormChanged                   the form is not the one we know: healing or an operator acts
    │   ├── FieldNotFound             no candidate, or more than one, matched exactly one visible element
    │   ├── OptionNotFound            the field is there, the wanted option is not
    │   └── ReadBackDiffers           the form does not hold what we meant; the attempt stopped before publishing
    ├── PublishUncertain              pressed, and no proof: reconcile before ever pressing again
    ├── LeaseLost                     the posting is not ours any more: stop at once, write nothing
    ├── Cancelled                     the seller cancelled before intent
    ├── Draining                      the worker is stopping; the posting goes back to the queue
    └── OperatorError                 the operator acts
        ├── ConfigurationError        a setting is missing or wrong, with the command or variable that fixes it
        ├── SessionUnreadable         the sealed session does not open with any of our keys
        └── ModelUnavailable          the model refused, kept silent or talked nonsense; only healing goes without it

Each class carries a stable `code`; the message is one sentence a person can follow; `action` is the one thing to do.
Messages never contain cookie values, tokens or keys.
"""

from __future__ import annotations

from listing_worker.models import FieldReport, Reason


class ListingWorkerError(Exception):
    """Base of all our errors."""

    code = "error"
    default_action: str | None = None

    def __init__(self, message: str, *, action: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.action = action or self.default_action
        self.field = field

    @property
    def reason(self) -> Reason:
        """The error as it is stored and shown; long texts are cut."""
        return Reason(code=self.code, message=self.message[:500], action=self.action, field=self.field)


class SellerError(ListingWorkerError):
    code = "seller"


class ListingInvalid(SellerError):
    code = "invalid"
    default_action = "Edit the listing"


class VocabularyGap(ListingInvalid):
    code = "no_such_word"


class PublishRefused(SellerError):
    """`sent`: a publish request did leave the browser, and the refusal is the site's answer to it. That is its word,
    not yet a proof that nothing was listed: somebody looks before the posting counts as failed."""

    code = "refused"
    default_action = "Edit the listing"

    def __init__(self, message: str, *, sent: bool = False, action: str | None = None) -> None:
        super().__init__(message, action=action)
        self.sent = sent


class ActionRequired(SellerError):
    code = "action_required"


class SignInRequired(ActionRequired):
    code = "sign_in"

    @classmethod
    def to(cls, display_name: str) -> SignInRequired:
        return cls(
            f"You are signed out of {display_name}.",
            action=f"Sign in to {display_name} in your browser; the extension syncs by itself.",
        )


class ChallengeShown(ActionRequired):
    code = "challenge"


class AccountRestricted(ActionRequired):
    code = "account_restricted"


class RetryLater(ListingWorkerError):
    """Can pass by waiting. `seconds` is the site's own wish (Retry-After) or None for the usual backoff."""

    code = "retry_later"

    def __init__(self, message: str, *, seconds: float | None = None, action: str | None = None) -> None:
        super().__init__(message, action=action)
        self.seconds = seconds


class RateLimited(RetryLater):
    code = "rate_limited"


class Paced(RetryLater):
    """Not a failure: no attempt is counted, and it never gives up. `seconds` until the posting's turn."""

    code = "paced"


class PageTimeout(RetryLater):
    code = "page_timeout"


class SiteUnavailable(RetryLater):
    code = "site_unavailable"


class BrowserCrashed(RetryLater):
    code = "browser_crashed"


class FormChanged(ListingWorkerError):
    code = "form_changed"
    default_action = "Nothing to do for you: the form changed and we are told"


class FieldNotFound(FormChanged):
    code = "field_not_found"


class OptionNotFound(FormChanged):
    code = "option_not_found"


class ReadBackDiffers(FormChanged):
    """The form holds something else than meant. `reports` are the fields that differ."""

    code = "read_back_differs"

    def __init__(self, reports: list[FieldReport]) -> None:
        first = reports[0]
        super().__init__(
            f"{first.field}: meant {first.meant[:80]!r}, the form says {first.on_form[:80]!r}. Nothing was published.",
            field=first.field,
        )
        self.reports = reports


class PublishUncertain(ListingWorkerError):
    code = "uncertain"


class LeaseLost(ListingWorkerError):
    code = "lease_lost"


class Cancelled(ListingWorkerError):
    code = "cancelled"


class Draining(ListingWorkerError):
    code = "draining"


class OperatorError(ListingWorkerError):
    code = "operator"


class ConfigurationError(OperatorError):
    code = "configuration"


class SessionUnreadable(OperatorError):
    code = "session_unreadable"
    default_action = "Sync the session again from the extension"


class ModelUnavailable(OperatorError):
    """Never ends a posting by itself: what a model could not help with is told as FormChanged."""

    code = "model_unavailable"
    default_action = "Check OPENROUTER_API_KEY, OPENROUTER_MODEL and the account's credit"
