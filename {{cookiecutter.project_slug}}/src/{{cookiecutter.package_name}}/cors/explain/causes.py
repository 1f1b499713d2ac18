"""Why a request is blocked, in words of this project, and what to change."""

from collections.abc import Callable, Mapping

from . import foreign, grants, journey, missing
from .case import Case, Cause

CAUSES: Mapping[str, Callable[[Case], Cause]] = {
    "MissingAllowOriginHeader": missing.missing,
    "WildcardOriginNotAllowed": grants.wildcard,
    "MultipleAllowOriginValues": foreign.multiple,
    "InvalidAllowOriginValue": foreign.invalid_origin,
    "AllowOriginMismatch": foreign.mismatch,
    "InvalidAllowCredentials": grants.credentials,
    "PreflightInvalidStatus": foreign.preflight_status,
    "PreflightDisallowedRedirect": foreign.preflight_redirect,
    "InvalidAllowMethodsPreflightResponse": foreign.malformed,
    "InvalidAllowHeadersPreflightResponse": foreign.malformed,
    "MethodDisallowedByPreflightResponse": grants.method,
    "HeaderDisallowedByPreflightResponse": grants.header,
    "RedirectContainsCredentials": journey.redirect_credentials,
    "CorsDisabledScheme": journey.scheme,
    "InvalidResponse": journey.no_answer,
    "MixedContent": journey.mixed_content,
    "TooManyRedirects": journey.circle,
}


def cause_of(case: Case) -> Cause:
    """Return why, and what to do."""
    code = case.failure.code
    # Most codes say of a preflight what they say of any answer.
    cause = CAUSES.get(code) or CAUSES[code.removeprefix("Preflight")]
    return cause(case)
