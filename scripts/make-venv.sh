#!/bin/sh
# Usage: make-venv.sh FOLDER PYTHON
# Makes a virtual environment with the named Python (3.11 or later), installing Debian's venv
# package first when it is missing and we may. Ends in one line that says what to do otherwise.
set -eu
folder=$1
python=$2

fail() {
    echo "rallypoint: $1" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

install() {
    echo "rallypoint: installing $*"
    as_root apt-get -qq -o DPkg::Lock::Timeout=120 update >/dev/null || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 \
        install --no-install-recommends -y "$@" >/dev/null
}

if ! command -v "$python" >/dev/null 2>&1; then
    may_install || fail "there is no $python; install Python 3.11 or later with its venv module (Debian: apt-get install python3-venv)"
    install python3 python3-venv || fail "python3 could not be installed; run: apt-get install python3-venv"
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; Python 3.11 or later is needed: make PYTHON=python3.11 …"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    may_install || fail "$python has no venv module; as root: apt-get install python$version-venv"
    install "python$version-venv" || fail "python$version-venv could not be installed; as root: apt-get install python$version-venv"
fi
"$python" -m venv --clear "$folder"
