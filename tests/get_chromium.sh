#!/bin/sh
# Makes sure that the browser tests find a Chromium and a Chinese font; installs Debian's where it may.
set -eu

found() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -n "$name" ] && command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

chinese_font() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh | head -n 1)" ]
}

wanted=""
found || wanted="chromium"
chinese_font || wanted="$wanted fontconfig fonts-wqy-microhei"
[ -n "$wanted" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    echo "Installing for the browser tests:$wanted ..."
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # both are lists of words
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $wanted; } >/dev/null || true
fi

found || {
    echo "The browser tests need Chromium: install it, or let CHROMIUM name a browser." >&2
    exit 2
}
