"""Addresses of repositories and packages, in the form that may be printed."""

from __future__ import annotations

import re

_USERINFO = re.compile(
    r"(?<![A-Za-z0-9+.-])(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<userinfo>[^/?#\s]*)@"
)


def without_credentials(address: str) -> str:
    """Leave out what an address says of who asks (RFC 3986, userinfo).

    The login of an ssh address is part of where it leads (`ssh://git@host/`) and stays, without
    a password. In any other address a lone name may well be a token, and goes.
    """
    return _USERINFO.sub(_keep_login, address)


def _keep_login(match: re.Match[str]) -> str:
    """Write the start of an address again, with the login only if it is ssh's."""
    scheme, login = match["scheme"], match["userinfo"].partition(":")[0]
    if scheme.lower().endswith("ssh") and login:
        return f"{scheme}://{login}@"
    return f"{scheme}://"
