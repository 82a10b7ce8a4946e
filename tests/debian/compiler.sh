#!/usr/bin/env bash
# The C++ compiler of the package's build: takes over what the build under test has compiled already.
#
# Compiling all of it once more would take minutes and tell little: the same files were compiled a moment ago. What knows where
# it is installed (config.hpp) differs, and is compiled here, with the flags of Debian, as is everything that is not the same
# there. $BUILT is the build folder, $SOURCES what it was made from.
object='' source='' dependencies='' previous=''
for word; do
  case $previous in
  -o) object=$word ;;
  -c) source=$word ;;
  -MF) dependencies=$word ;;
  esac
  previous=$word
done

# same SOURCE: the object of the build under test was made from what is here
same() {
  local theirs=$SOURCES/${1#../}
  [[ $BUILT/$object -nt $theirs ]] && cmp -s "$1" "$theirs" && ! grep -q '"config.hpp"' "$1"
}

if [[ $source && $dependencies ]]; then
  if same "$source"; then
    echo "$object: $source" >"$dependencies"
    exec cp "$BUILT/$object" "$object"
  fi
  echo "$source" >>"$COMPILED"
fi
exec c++ "$@"
