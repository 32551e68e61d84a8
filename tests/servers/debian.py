"""Debian packages, installed only when we are root or sudo asks for no password."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

APT = ("apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=120")

# Debian makes and starts a cluster of its own when the package arrives. We want the programs only;
# its setting is put back afterwards, so that the machine's owner finds it as it was.
WITHOUT_CLUSTER = """
set -e
conf=/etc/postgresql-common/createcluster.conf
apt-get -qq -y install --no-install-recommends postgresql-common
cp "$conf" "$conf.before"
trap 'mv "$conf.before" "$conf"' EXIT
echo 'create_main_cluster = false' >> "$conf"
apt-get -qq -y install --no-install-recommends postgresql
"""

# Debian starts a server when its package arrives, and at every start of the machine from then on. A policy that says
# no (101) keeps the first from happening, unless the machine has a policy already; nothing may run unasked.
WITHOUT_SERVICE = """
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
apt-get -qq -y install --no-install-recommends {package}
update-rc.d {package} disable
"""
SERVICES = frozenset({"redis-server", "rabbitmq-server"})


class CannotInstall(Exception):
    """The message says why, in words that can follow "because"."""


def install(package: str) -> None:
    """Install *package*, or raise CannotInstall; a server comes without a service of the system that runs."""
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"{package} is not installed and this is not Debian")
    root = _as_root(package)
    print(f"servers: installing {package} (Debian)", flush=True)
    subprocess.run([*root, *APT, "update"], stdout=subprocess.DEVNULL, check=False)
    done = subprocess.run(
        [*root, "env", "DEBIAN_FRONTEND=noninteractive", *_command(package)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CannotInstall(f"apt-get could not install {package}: {last[0]}")


def provide(package: str, find: Callable[[], Path | None], *, may_install: bool) -> Path:
    """What *find* finds, once *package* is there; raises CannotInstall."""
    if path := find():
        return path
    if not may_install:
        raise CannotInstall(f"{package} is not installed")
    install(package)
    if path := find():
        return path
    raise CannotInstall(f"the {package} package did not bring the program")


def _command(package: str) -> list[str]:
    if package == "postgresql":
        return ["sh", "-c", WITHOUT_CLUSTER]
    if package in SERVICES:
        return ["sh", "-c", WITHOUT_SERVICE.format(package=package)]
    return [*APT, "install", "--no-install-recommends", package]


def _as_root(package: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if shutil.which("sudo") and not subprocess.run([*sudo, "true"], capture_output=True).returncode:
        return sudo
    raise CannotInstall(f"{package} is not installed; as root: apt-get install {package}")
