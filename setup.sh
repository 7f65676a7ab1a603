#!/bin/sh
# Sets up .venv (and the viewer) from the lock files: ./setup.sh show|offline|test
# Each step is skipped when what it depends on has not changed since it last ran.
set -eu
cd "$(dirname "$0")"
want=${1:-show}
venv=.venv
if [ -t 1 ]; then bold='\033[1m' plain='\033[0m'; else bold='' plain=''; fi
say() { printf "$bold[setup]$plain %s\n" "$1"; }
fail() { printf 'setup: %s\n' "$1" >&2; exit 2; }

python=
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
[ -n "$python" ] || fail "Python 3.11 or newer is needed: 'apt install python3' on Debian, 'brew install python' on macOS"

# Certificates that the system trusts are good enough for uv and npm too.
export UV_SYSTEM_CERTS=1 npm_config_update_notifier=false npm_config_loglevel=error
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/ssl/cert.pem; do
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r "$bundle" ]; then
        export NODE_EXTRA_CA_CERTS="$bundle"
    fi
done

stamp() { cat "$@" 2>/dev/null | cksum; }

# --- Python: the lock file with hashes, by uv (seconds where pip takes a minute) --------
if [ ! -x $venv/bin/python ]; then
    say "making $venv with $("$python" --version)"
    "$python" -m venv $venv 2>/dev/null || {
        rm -rf $venv
        fail "$python cannot make a virtual environment: 'apt install python3-venv' on Debian"
    }
fi
have=$(cat $venv/.figurant 2>/dev/null || echo none)
case "$have:$want" in
    test:*) level=test ;;
    offline:show) level=offline ;;
    *) level=$want ;;
esac
now=$(stamp pyproject.toml requirements/build.txt requirements/$level.txt)
if [ "$have" != "$level" ] || [ "$now" != "$(cat $venv/.figurant-stamp 2>/dev/null)" ]; then
    say "installing the packages of requirements/$level.txt (pinned, with hashes)"
    $venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt ||
        fail "uv could not be installed: see pip's error above, and try again"
    $venv/bin/uv pip sync -q --python $venv/bin/python --require-hashes requirements/build.txt requirements/$level.txt ||
        fail "the packages could not be installed: see uv's error above, and try again"
    $venv/bin/uv pip install -q --python $venv/bin/python --no-deps --no-build-isolation -e .
    echo "$level" >$venv/.figurant
    echo "$now" >$venv/.figurant-stamp
fi

# --- Node: what is there if it is new enough, else the Python package ------------------
node_ok() {
    command -v npm >/dev/null 2>&1 && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)
    ' 2>/dev/null
}
if ! node_ok; then
    PATH="$PWD/$venv/bin:$PATH"
    export PATH
    if ! node_ok; then
        say "Node 20.19 or newer is not here: installing it into $venv as a Python package"
        uv pip install -q --python $venv/bin/python --require-hashes -r requirements/node.txt ||
            fail "Node could not be installed: get Node 20.19 or newer ('apt install nodejs npm' on Debian 13, 'brew install node' on macOS)"
    fi
fi

# --- What only the tests need ------------------------------------------------------------
if [ "$want" = test ]; then
    # Debian's package and a command that it brings.
    missing=
    for pair in chromium:chromium jackd2:jackd pulseaudio:pulseaudio pulseaudio-utils:pactl \
        ola:olad mosquitto:mosquitto ffmpeg:ffmpeg iproute2:ip; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "${pair#*:}" >/dev/null 2>&1 || missing="$missing ${pair%%:*}"
    done
    # Debian's package and a library that it brings.
    for pair in libltc11:libltc.so.11 libportaudio2:libportaudio.so.2 \
        libasound2-plugins:alsa-lib/libasound_module_pcm_pulse.so; do
        find /usr/lib /usr/local/lib -path "*/${pair#*:}" 2>/dev/null | grep -q . || missing="$missing ${pair%%:*}"
    done
    missing=${missing# }
    if [ -n "$missing" ]; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say "installing $missing with apt-get"
            { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >/dev/null
        else
            say "not here, and the tests that need it will be skipped: $missing ('apt install $missing', 'brew install $missing')"
        fi
    fi
fi

# --- The viewer --------------------------------------------------------------------------
cd web_viewer
now=$(stamp package-lock.json)
if [ "$now" != "$(cat node_modules/.figurant-stamp 2>/dev/null)" ]; then
    say "installing the viewer's packages (npm ci)"
    npm ci --no-audit --no-fund >/dev/null || fail "the viewer's packages could not be installed: see npm's error above, and try again"
    echo "$now" >node_modules/.figurant-stamp
fi
now=$(find src public ./*.html ./*.json ./*.ts -type f 2>/dev/null | LC_ALL=C sort | xargs cat | cksum)
if [ "$now" != "$(cat dist/.figurant-stamp 2>/dev/null)" ]; then
    say "building the viewer"
    npm run --silent build -- --logLevel warn
    echo "$now" >dist/.figurant-stamp
fi
say "ready"
