#!/bin/sh
# user_manager.sh DIRECTORY UID INSTALLED COMPOSITOR: runs the systemd of an ordinary user, as pid 1 would on a desktop, on a machine
# that systemd did not boot. Needs root and a mount namespace of its own. DIRECTORY is the user's home and runtime directory;
# what is INSTALLED (with its usr/local) appears in /usr/local, the folder of the COMPOSITOR at /run/map.
set -eu
directory=$1 uid=$2 installed=$3 compositor=$4
unset NOTIFY_SOCKET

mount -t tmpfs -o mode=755 tmpfs /run
# The first says that systemd runs here; the second is where it sets file systems of units up.
mkdir -p /run/systemd/system /run/systemd/unit-root /run/map
mount --bind "$installed/usr/local" /usr/local
mount --bind "$(dirname "$compositor")" /run/map
chown "$uid:$uid" "$directory"
# The bus lets in only users that it can look up.
{ cat /etc/passwd && echo "bed:x:$uid:$uid::$directory:/bin/sh"; } >/run/passwd
mount --bind /run/passwd /etc/passwd

# A control group that the user owns, in each hierarchy that there is: systemd moves what it starts, and must not move us.
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -e "$hierarchy/cgroup.procs" ] || continue
  group=$hierarchy/$(basename "$directory")
  mkdir "$group"
  chown "$uid:$uid" "$group" "$group"/cgroup.procs
  for file in cgroup.subtree_control cgroup.threads tasks; do
    [ -e "$group/$file" ] && chown "$uid:$uid" "$group/$file"
  done
  echo $$ >"$group/cgroup.procs"
done
cd "$directory"
exec setpriv --reuid="$uid" --regid="$uid" --clear-groups --no-new-privs \
  env -i HOME="$directory" XDG_RUNTIME_DIR="$directory" PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 SYSTEMD_LOG_TARGET=console \
  /lib/systemd/systemd --user --default-standard-output=inherit --default-standard-error=inherit
