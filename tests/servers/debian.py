"""Debian packages, installed only when we are root or sudo asks for no password."""

from __future__ import annotations

import os
import shutil
import subprocess

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


class CannotInstall(Exception):
    """The message says why, in words that can follow "because"."""


def install(package: str) -> None:
    """Install *package*, or raise CannotInstall; `postgresql` comes without a running cluster."""
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"{package} is not installed and this is not Debian")
    root = _as_root(package)
    print(f"servers: installing {package} (Debian)", flush=True)
    subprocess.run([*root, *APT, "update"], stdout=subprocess.DEVNULL, check=False)
    command = (
        ["sh", "-c", WITHOUT_CLUSTER]
        if package == "postgresql"
        else [*APT, "install", "--no-install-recommends", package]
    )
    done = subprocess.run(
        [*root, "env", "DEBIAN_FRONTEND=noninteractive", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise CannotInstall(f"apt-get could not install {package}: {last[0]}")


def _as_root(package: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if shutil.which("sudo") and not subprocess.run([*sudo, "true"], capture_output=True).returncode:
        return sudo
    raise CannotInstall(f"{package} is not installed; as root: apt-get install {package}")
