"""Recognize proxies that we cannot use, and say what to do about each (EXCEL-TRUTH 23).

A proxy that stands in the environment or in the system's settings is used, with a name and password where its address
has them. One that wants a Windows sign-in (NTLM, Negotiate), or that only a script of the network finds (PAC), is not.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

ReadUserRegistry = Callable[[str, str], str | None]
"""A key under HKEY_CURRENT_USER and the name of a value in it → the value as text, None where there is none."""
_INTERNET: Final = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
_SCUTIL: Final = "/usr/sbin/scutil"
_SECONDS: Final = 5
_SIGN_INS: Final = ("ntlm", "negotiate", "kerberos")
"""Schemes for which the user's Windows account signs in."""


def proxy_for(url: str) -> str | None:
    """The proxy that a call to an address goes through: of the environment, or of the system where that names one."""
    found: str | None = select_proxy(url, get_environ_proxies(url))
    return found


def schemes_asked_for(url: str, proxy: str) -> list[str]:
    """The ways to sign in that a proxy offers for an https address. The proxy is asked with an empty call like the one
    that failed. Empty when it does not say."""
    target, place = urlsplit(url), urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if not place.hostname:
        return []
    line = http.client.HTTPConnection(place.hostname, place.port or 80, timeout=_SECONDS)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(line):
        line.request("CONNECT", f"{target.hostname}:{target.port or 443}")
        return line.getresponse().headers.get_all("Proxy-Authenticate") or []
    return []


def refused_by_proxy(url: str, schemes: Iterable[str], proxy: str | None) -> str:
    """What to do about a proxy that wants a sign-in. `schemes`: its Proxy-Authenticate headers."""
    where = f" at {_without_secrets(proxy)}" if proxy else ""
    offered = {word.casefold() for one in schemes for word in re.findall(r"(?:^|,\s*)([A-Za-z]+)", one)}
    if "basic" in offered or not offered & set(_SIGN_INS):
        return (
            f"Your network's proxy{where} wants a name and a password. Set the environment variable HTTPS_PROXY to "
            f"http://NAME:PASSWORD@PROXY:PORT, or ask whoever runs your network to let {url} through without."
        )
    return (
        f"Your network's proxy{where} wants a Windows sign-in (NTLM), which Caseload Upload cannot give. Ask whoever "
        f"runs your network to let {url} through without a sign-in."
    )


def found_by_script(url: str, script: str) -> str:
    """What to do where only a script of the network knows the way, and Caseload Upload cannot read it."""
    return (
        f"The server at {url} does not answer. Your computer finds its proxy by a script ({script}), which Caseload "
        "Upload cannot read. If the address opens in your browser, ask whoever runs your network for the proxy's "
        "address, and set the environment variable HTTPS_PROXY to it."
    )


def automatic_script(platform: str, read_user_registry: ReadUserRegistry, scutil: Callable[[], str]) -> str | None:
    """The address of the script by which this computer finds its proxies; None where there is none, or it is not known.
    `scutil`: what a Mac says of its proxies."""
    if platform == "win32":
        return read_user_registry(_INTERNET, "AutoConfigURL") or None
    if platform == "darwin":
        facts = dict(re.findall(r"(ProxyAutoConfig\w+) : (\S+)", scutil()))
        return facts.get("ProxyAutoConfigURLString") if facts.get("ProxyAutoConfigEnable") == "1" else None
    return None


def this_computers_script() -> str | None:
    return automatic_script(sys.platform, user_registry_value, _mac_proxies)


def user_registry_value(key: str, name: str) -> str | None:
    """A value under HKEY_CURRENT_USER, None where there is none or no registry."""
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as found:
            return str(winreg.QueryValueEx(found, name)[0])
    except OSError:
        return None


def _mac_proxies() -> str:
    try:
        done = subprocess.run(  # noqa: S603 - Apple's own program, at its own place
            [_SCUTIL, "--proxy"], capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _without_secrets(proxy: str) -> str:
    """A proxy's address without the name and password that may stand in it, whatever signs these have."""
    return re.sub(r"^(\w+://)?.*@", r"\1", proxy, flags=re.DOTALL)
