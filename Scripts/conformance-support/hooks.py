"""Tells schemathesis what the description cannot: how entity tags look, and a provider that is there."""

import os
import random

import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode

KNOWN = os.environ["KNOWN_PROVIDER"]
REMOVE = "DELETE /api/v1/providers/{id}"
random.seed(1)

# Left to itself, the coverage phase makes header values of letters and digits alone.
schemathesis.openapi.format(
    "entity-tag", strategies.one_of(strategies.just("*"), strategies.integers(0, 10**19 - 1).map(lambda n: f'"{n}"')))


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lets half of the requests that are right be about the provider that is there, which stays for the whole run."""
    if case.operation.label == REMOVE and case.path_parameters.get("id") == KNOWN:
        # Found in a listing.
        case.path_parameters = {"id": "another"}
    is_right = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    is_random = case.meta is not None and case.meta.phase.name.value == "fuzzing"
    if is_right and is_random and case.path_parameters and case.operation.label != REMOVE and random.random() < 0.5:
        case.path_parameters = {"id": KNOWN}
        # Whatever state it is in.
        if case.headers and "If-Match" in case.headers and random.random() < 0.5:
            case.headers["If-Match"] = "*"
