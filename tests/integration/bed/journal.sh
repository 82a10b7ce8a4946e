#!/bin/sh
# journal.sh PROGRAM...: runs a program whose output goes to a real systemd-journald of its own. Needs root and a mount namespace of
# its own. When the program has ended, so has the journal.
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal /run/systemd/journald.conf.d
# It has nothing to do with the machine's own log.
cat >/run/systemd/journald.conf.d/bed.conf <<END
[Journal]
Storage=volatile
ReadKMsg=no
Audit=no
ForwardToSyslog=no
ForwardToWall=no
ForwardToKMsg=no
RateLimitBurst=0
END
/lib/systemd/systemd-journald &
journal=$!
# It is ready as soon as all of its sockets are there.
tries=0
until [ -S /run/systemd/journal/socket ] && [ -S /run/systemd/journal/stdout ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 200 ] || exit 1
  sleep 0.1
done
# systemd says so to what it starts; this systemd-cat does not.
# shellcheck disable=SC2016 # they are the inner shell's
systemd-cat sh -c 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) && export JOURNAL_STREAM && exec "$@"' sh "$@" &
program=$!
trap 'kill "$program"' TERM
status=0
wait "$program" || status=$?
# The trap ends the first wait, and not the program.
[ "$status" -le 128 ] || { status=0; wait "$program" || status=$?; }
kill "$journal"
wait "$journal" || true
exit "$status"
