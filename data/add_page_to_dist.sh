#!/bin/sh
# Run by `meson dist`: puts the page, which npm has built, into the release.
set -eu
page=subprojects/web/dist
if ! [ -f "$MESON_SOURCE_ROOT/$page/index.html" ]; then
  echo "the page is not built: run ./dev build first" >&2
  exit 1
fi
mkdir -p "$MESON_DIST_ROOT/$page"
cp -R "$MESON_SOURCE_ROOT/$page/." "$MESON_DIST_ROOT/$page"
