"""Where requests are sent, and with which key.

The key comes from the environment and goes into the headers of a call, nowhere else.
"""

from __future__ import annotations

import html
import ipaddress
import os
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlsplit

from allocator.errors import OptionError
from allocator.protocol import API_METHOD, API_VERSION, PATH

USERNAME, KEY = "IOVOX_USERNAME", "IOVOX_SECURE_KEY"
"""The environment variables that hold the headers `username` and `secureKey`."""
_PARAMETERS = {"v": API_VERSION, "method": API_METHOD}
_SECRET = ("username", "securekey")
_PLAIN_URL = re.compile(r"[!-~]+")


def endpoint(url: str, *, insecure_http: bool = False) -> str:
    """The URL that requests go to: a missing path and missing parameters `v` and `method` are added.

    Parameters
    ----------
    url
        A URL, or the beginning of one.
    insecure_http
        Whether to allow http to another machine, where anybody on the way can read the key.

    Returns
    -------
    str
        The whole URL.

    Raises
    ------
    OptionError
        It is not a URL, would send the key unencrypted, or has a key in it.

    Examples
    --------
    >>> endpoint("http://127.0.0.1:8444")
    'http://127.0.0.1:8444/Links?v=3&method=attachVoxnumberToLink'
    >>> endpoint("https://api.iovox.com:444/Links?v=3")
    'https://api.iovox.com:444/Links?v=3&method=attachVoxnumberToLink'
    """
    parts = _split(url)
    if parts.username is not None or parts.password is not None:
        raise OptionError("the URL has a name or password in it", remedy=f"Set {USERNAME} and {KEY} instead.")
    given = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if any(name.lower() in _SECRET for name in given):
        raise OptionError("the URL has a name or key among its parameters", remedy=f"Set {USERNAME} and {KEY} instead.")
    if parts.scheme == "http" and not is_this_machine(url) and not insecure_http:
        raise OptionError(
            "the key would go over the network unencrypted",
            value=url,
            remedy="Give an https URL, or allow it with --insecure-http (insecure_http=True).",
        )
    missing = [f"{name}={value}" for name, value in _PARAMETERS.items() if name not in given]
    query = "&".join([parts.query] * bool(parts.query) + missing)
    path = PATH if parts.path in ("", "/") else parts.path
    return parts._replace(path=path, query=query, fragment="").geturl()


def _split(url: str) -> SplitResult:
    problem = OptionError("it is not a URL", remedy="Give one such as https://api.iovox.com:444.")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _PLAIN_URL.fullmatch(url):
        # A URL with an @ may hold a password, so the error does not repeat it.
        problem.value = None if "@" in url else url
        raise problem
    return parts


def is_this_machine(url: str) -> bool:
    """Whether a URL leads to this machine.

    Examples
    --------
    >>> is_this_machine("http://[::1]:8444/Links"), is_this_machine("https://api.iovox.com:444")
    (True, False)
    """
    host = str(urlsplit(url).hostname)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def missing_variables(url: str) -> list[str]:
    """The environment variables that sending to a URL needs and that are not set; this machine needs none.

    Parameters
    ----------
    url
        The URL to send to.

    Examples
    --------
    >>> missing_variables("http://localhost:8444/Links")
    []
    """
    needed = () if is_this_machine(url) else (USERNAME, KEY)
    return [name for name in needed if not os.environ.get(name)]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Name and key of an account.

    Attributes
    ----------
    username, secure_key
        The two headers of the API; a `repr` does not show them.

    Examples
    --------
    >>> Credentials("shops", "s3cr3t").hidden("s3cr3t is wrong")
    '*** is wrong'
    """

    username: str = field(repr=False)
    secure_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a call; one without a value is left out."""
        given = {"username": self.username, "secureKey": self.secure_key}
        return {name: value for name, value in given.items() if value}

    def hidden(self, text: str) -> str:
        """A text of the server's with name and key replaced by ``***``, as a server may repeat what it was sent."""
        for secret in sorted(self._spellings(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _spellings(self) -> set[str]:
        secrets = {self.username, self.secure_key} - {""}
        single_spaced = {" ".join(secret.split()) for secret in secrets}
        escapes = (html.escape, lambda text: html.escape(text, quote=False), quote, quote_plus)
        return secrets | single_spaced | {escape(secret) for secret in secrets for escape in escapes}


def read_credentials(url: str) -> Credentials:
    """Read name and key from the environment.

    Parameters
    ----------
    url
        The URL to send to.

    Raises
    ------
    OptionError
        A variable is needed and not set, or a header can't carry its value.

    Examples
    --------
    >>> read_credentials("http://localhost:8444/Links")
    Credentials()
    """
    missing = missing_variables(url)
    if missing:
        are = "are" if len(missing) > 1 else "is"
        raise OptionError(
            f"{' and '.join(missing)} {are} not set",
            remedy="Name and key are read from the environment: export them first.",
        )
    values = {name: os.environ.get(name, "") for name in (USERNAME, KEY)}
    for name, value in values.items():
        # The error never repeats the value: it is the secret.
        if value and (not value.isascii() or not value.isprintable() or value != value.strip()):
            raise OptionError(
                f"{name} holds characters that a header can't carry",
                remedy="Remove line breaks, spaces at its ends and letters with accents.",
            )
    return Credentials(values[USERNAME], values[KEY])
