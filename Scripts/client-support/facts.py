"""What Twilio's OpenAPI description says of the calls that the simulator answers, as a table, and how to hold an answer
against it.

Taken from twilio/twilio-oai, spec/json/twilio_accounts_v1.json and twilio_api_v2010.json. It describes successes only,
calls every property nullable and gives tokens neither a pattern nor a length. Errors are from Twilio's pages on its
error codes; those marked so are from reports of others, as nobody at Twilio wrote them down.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime, parsedate_to_datetime

ACCOUNT_SID = r"AC[0-9a-fA-F]{32}"


@dataclass(frozen=True)
class Call:
    """One call: where it goes, what its success is, and the form of each property of the answer."""

    method: str
    host: str
    path: str
    status: int
    properties: dict


def matching(pattern):
    def check(value):
        return isinstance(value, str) and re.fullmatch(pattern, value) is not None
    return check


def iso8601(value):
    """`date-time`: as in 2015-07-31T04:00:00Z, without fractions."""
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").strftime("%Y-%m-%dT%H:%M:%SZ") == value
    except (TypeError, ValueError):
        return False


def rfc2822(value):
    """`date-time-rfc-2822`: as in Thu, 30 Jul 2015 20:00:00 +0000, with the right day of the week."""
    try:
        return format_datetime(parsedate_to_datetime(value).astimezone(timezone.utc)) == value
    except (TypeError, ValueError):
        return False


def uri_map(value):
    """Names, each with a path below the account's."""
    path = matching(rf"/2010-04-01/Accounts/{ACCOUNT_SID}/[A-Za-z/]+\.json")
    return isinstance(value, dict) and len(value) > 0 and all(path(uri) for uri in value.values())


sid = matching(ACCOUNT_SID)
token = matching(r".+")
text = matching(r".{1,64}")

FETCH = Call("GET", "api.twilio.com", "/2010-04-01/Accounts/{sid}.json", 200, {
    "auth_token": token,
    "date_created": rfc2822,
    "date_updated": rfc2822,
    "friendly_name": text,
    "owner_account_sid": sid,
    "sid": sid,
    "status": matching("active|suspended|closed"),
    "subresource_uris": uri_map,
    "type": matching("Trial|Full"),
    "uri": matching(rf"/2010-04-01/Accounts/{ACCOUNT_SID}\.json"),
})

CREATE = Call("POST", "accounts.twilio.com", "/v1/AuthTokens/Secondary", 201, {
    "account_sid": sid,
    "date_created": iso8601,
    "date_updated": iso8601,
    "secondary_auth_token": token,
    "url": matching(r"https://accounts\.twilio\.com/v1/AuthTokens/Secondary"),
})

DELETE = Call("DELETE", "accounts.twilio.com", "/v1/AuthTokens/Secondary", 204, {})

PROMOTE = Call("POST", "accounts.twilio.com", "/v1/AuthTokens/Promote", 200, {
    "account_sid": sid,
    "auth_token": token,
    "date_created": iso8601,
    "date_updated": iso8601,
    "url": matching(r"https://accounts\.twilio\.com/v1/AuthTokens/Promote"),
})

CALLS = {"fetch": FETCH, "create": CREATE, "delete": DELETE, "promote": PROMOTE}

# Status and code.
REFUSED = (401, 20003)
SECONDARY_EXISTS = (400, 70002)  # reported
NO_SECONDARY = (404, 20404)  # reported


def is_error(status, code, body):
    """Whether `body` is an error in the form that Twilio's libraries read, and is about this status and code."""
    return (
        set(body) == {"code", "message", "more_info", "status"}
        and (body["status"], body["code"]) == (status, code)
        and isinstance(body["message"], str) and body["message"] != ""
        and body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    )


def problems(properties, body):
    """What is wrong with a success's body, in words; nothing if it is as described."""
    found = [f"{name} is missing" for name in properties if name not in body]
    found += [f"{name} is not Twilio's" for name in body if name not in properties]
    return found + [
        f"{name} has another form" for name, check in properties.items() if name in body and not check(body[name])]
