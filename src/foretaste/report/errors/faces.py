"""FT7xx: the web, the API and tokens."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.report.errors.code import Code

FACES: Mapping[str, Code] = {
    "FT701": Code(
        "there is nothing at this address",
        "No page and no part of the API has this address.",
        "The gate's own page is /; the API describes itself at /api/openapi.json.",
    ),
    "FT702": Code(
        "this address cannot be asked in this way",
        "The method of the request is not one that the address takes.",
        "See /api/openapi.json.",
    ),
    "FT703": Code(
        "the request cannot be used",
        "A parameter or the body does not fit.",
        "See the message for which, and /api/openapi.json for what it may be.",
    ),
    "FT704": Code(
        "there is no such change, build or artefact",
        "The gate knows nothing of that name.",
        "`foretaste changes` and the gate's pages show what there is.",
    ),
    "FT705": Code(
        "a token is needed",
        "What was asked changes something, and no token that counts was shown.",
        "Give one with FORETASTE_TOKEN or --token; it may have expired or been revoked.",
    ),
    "FT706": Code(
        "you may not do this",
        "Your token has none of the roles that this needs.",
        "Ask the gate's owner for a token with the role that the message names.",
    ),
    "FT707": Code(
        "the request comes from elsewhere",
        "It came from another site's page, or for a host name that is not the gate's.",
        "Use the gate's own pages, under a name that it was started with.",
    ),
    "FT708": Code(
        "the request is too large",
        "Its body is larger than any that the gate needs.",
        "Send less at once.",
    ),
    "FT709": Code(
        "too many are listening",
        "As many as the gate can serve follow its events already.",
        "Try again in a few seconds.",
    ),
    "FT710": Code(
        "the gate itself failed",
        "An error of its own, which is in its log. Nothing was decided by it.",
        "Report it with what the log says.",
    ),
    "FT711": Code(
        "this cannot be the name of a token's holder",
        "A holder's name is short and plain, since it stands in stories and logs.",
        "Take letters, digits and . _ @ + - , at most 64.",
    ),
    "FT712": Code(
        "a token needs a role",
        "Without a role it would let its holder do nothing.",
        "Give it one: push, approve, config, operate or own.",
    ),
    "FT713": Code(
        "the tokens cannot be read",
        "The file that holds them is damaged, so nobody is let in.",
        "Mend it or move it away, then make new tokens with `foretaste token new`.",
    ),
    "FT714": Code(
        "others may read the tokens",
        "The file's mode lets other users of the machine at it, so nobody is let in.",
        "chmod 600 the file that the message names.",
    ),
    "FT715": Code(
        "the body is not JSON",
        "The request does not say that its body is JSON.",
        "Send it with Content-Type: application/json.",
    ),
}
