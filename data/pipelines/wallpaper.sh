#!/usr/bin/env bash
# What the steps of wallpaper.json do: wallpaper.sh STEP -- FILE [EFFECT [ON [CELL WIDTH]]]
#
# What is made of a picture is kept in $XDG_CACHE_HOME/compositord/wallpaper, in a folder named by the sha256 of its
# content, and made only once. MAGICK names ImageMagick's program if it is none of the usual ones. SETTER shows a
# picture, which takes the place of {}; "auto" takes hyprpaper, sway or swww if it runs, else swaybg.
set -euo pipefail

readonly effects=(blur dim grey sepia warm)
readonly version=1       # of the effects below; a change makes all of them anew
readonly brick_pixels=256 # width and height of the picture of one cell
readonly most_kept=32    # pictures

die() {
  printf 'wallpaper: %s\n' "$*" >&2
  exit 1
}

# --- what is told of it: lines of events ------------------------------------------------------------------------

text_of() { # as a JSON string; control characters are no loss
  local text=${1//[[:cntrl:]]/ }
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}
progress() { printf '{"progress": %s}\n' "$1"; }
result() { printf '{"result": %s}\n' "$(text_of "$1")"; }

# tool NAME WHAT COMMAND...: runs it, and tells of it as of a tool
tool() {
  local name=$1 what=$2
  shift 2
  printf '{"tool": "%s", "call": "%s", "input": {"make": %s}}\n' "$name" "$what" "$(text_of "$what")"
  if "$@"; then
    printf '{"tool": "%s", "call": "%s", "result": "done"}\n' "$name" "$what"
  else
    printf '{"tool": "%s", "call": "%s", "error": "it failed"}\n' "$name" "$what"
    die "ImageMagick could not make $what"
  fi
}

# --- the picture and what is kept of it -------------------------------------------------------------------------

# Other programs have the name convert too.
find_magick() {
  local program
  for program in "${MAGICK:-}" magick convert-im6.q16 convert-im7.q16 /usr/bin/convert convert; do
    if [[ -n $program ]] && "$program" -version 2>/dev/null | grep -q ImageMagick; then
      magick=$program
      return
    fi
  done
  die "ImageMagick is needed: install the package imagemagick, or name its program in MAGICK"
}

# The kind is told by the content and named to ImageMagick, which also reads kinds that run programs or fetch pages.
find_kind() {
  case $(head -c 12 -- "$file" | od -An -v -tx1 | tr -d ' \n') in
  89504e470d0a1a0a*) kind=png ;;
  ffd8ff*) kind=jpeg ;;
  47494638*) kind=gif ;;
  52494646????????57454250) kind=webp ;;
  49492a00* | 4d4d002a*) kind=tiff ;;
  424d*) kind=bmp ;;
  *) die "$file is no PNG, JPEG, GIF, WebP, TIFF or BMP picture" ;;
  esac
}

open_picture() {
  [[ $file == /* ]] || die "$file must be a whole path, from / on"
  [[ -f $file && -r $file ]] || die "$file is no file that can be read"
  find_magick
  find_kind
  local hash
  hash=$(sha256sum <"$file")
  hash=${hash%% *}
  kept=${XDG_CACHE_HOME:-$HOME/.cache}/compositord/wallpaper/$hash
  mkdir -p -- "$kept"
  touch -- "$kept" # it is in use: see forget_old
}

# Through standard input: a name may hold what ImageMagick takes for a pattern.
convert_picture() { "$magick" "$kind:-[0]" -auto-orient "$@" <"$file"; }

# make NAME ARGUMENT...: a picture in the cache, whole or not at all
make() {
  local name=$1 new
  shift
  new=$(mktemp -- "$kept/.new.XXXXXX")
  if convert_picture "$@" "${name##*.}:$new"; then
    chmod 644 -- "$new"
    mv -- "$new" "$kept/$name"
  else
    rm -f -- "$new"
    return 1
  fi
}

forget_old() {
  local folder count=0
  while read -r folder; do
    [[ ! $folder =~ ^[0-9a-f]{64}$ ]] || ((++count <= most_kept)) || rm -rf -- "${kept%/*}/${folder:?}"
  done < <(ls -t -- "${kept%/*}")
}

# --- the steps --------------------------------------------------------------------------------------------------

# The eight most frequent colours, the darkest first, as {"colours": ["#rrggbb", …]}.
colours() {
  local scheme=$kept/colours.$version.json
  if [[ ! -s $scheme ]]; then
    local found new
    found=$(convert_picture -background black -alpha remove -resize '160x160>' -colors 8 -depth 8 -colorspace sRGB \
      -format '%c' histogram:info:- | grep -oE '#[0-9A-Fa-f]{6}' | sort -u) || die "the colours of $file cannot be read"
    new=$(mktemp -- "$kept/.new.XXXXXX")
    for_each_by_light "$found" | sed 's/.*/"&"/' | paste -sd, | sed 's/.*/{"colours": [&]}/' >"$new"
    mv -- "$new" "$scheme"
  else
    echo "The colours are known already."
  fi
  grep -oE '#[0-9a-fA-F]{6}' "$scheme"
}

for_each_by_light() {
  local colour
  while read -r colour; do
    printf '%d %s\n' $((299 * 16#${colour:1:2} + 587 * 16#${colour:3:2} + 114 * 16#${colour:5:2})) "$colour"
  done <<<"$1" | sort -n | sed 's/.* //'
}

picture_of() { echo "$kept/$1.$version.jpeg"; }

make_effect() {
  local size=(-background black -alpha remove -resize '3840x3840>')
  local as=(-strip -quality 92)
  case $1 in
  none) make "none.$version.jpeg" "${size[@]}" "${as[@]}" ;;
  blur) make "blur.$version.jpeg" "${size[@]}" -scale '12.5%' -blur 0x3 -resize '800%' "${as[@]}" ;;
  dim) make "dim.$version.jpeg" "${size[@]}" -fill black -colorize '45%' "${as[@]}" ;;
  grey) make "grey.$version.jpeg" "${size[@]}" -colorspace Gray "${as[@]}" ;;
  sepia) make "sepia.$version.jpeg" "${size[@]}" -sepia-tone '80%' "${as[@]}" ;;
  warm) make "warm.$version.jpeg" "${size[@]}" -fill '#ff9a3c' -colorize '15%' "${as[@]}" ;;
  esac
}

check_effect() { [[ " none ${effects[*]} " == *" $1 "* ]] || die "there is no effect $1, only none ${effects[*]}"; }

# All of them, so that whoever picks one has something to look at.
make_effects() {
  local each done=0 all=(none "${effects[@]}")
  for each in "${all[@]}"; do
    if [[ -s $(picture_of "$each") ]]; then
      echo "$each is there already."
    else
      tool convert "$each" make_effect "$each"
    fi
    ((++done))
    progress "$(printf '%d.%02d' $((done / ${#all[@]})) $((100 * done / ${#all[@]} % 100)))"
  done
  forget_old
  result "$(picture_of "$effect")"
}

brick_name() {
  local hash=${kept##*/}
  echo "wallpaper_${hash:0:16}_${effect}_$width"
}

# Cuts the picture into bricks, one for each cell, and lists them in the file LIST for the next step, which puts them
# on the map.
cut_bricks() {
  [[ $on == map ]] || exit 0
  [[ $cell =~ ^(-?[0-9]{1,9}),(-?[0-9]{1,9})$ ]] || die "the cell $cell must be X,Y"
  local x=${BASH_REMATCH[1]} y=${BASH_REMATCH[2]} size height
  [[ $width =~ ^([1-9]|[1-5][0-9]|6[0-4])$ ]] || die "the width $width must be 1 to 64 cells"
  size=$("$magick" jpeg:- -format '%w %h' info:- <"$(picture_of "$effect")")
  height=$(((width * ${size#* } + ${size% *} / 2) / ${size% *}))
  ((height = height < 1 ? 1 : height > 64 ? 64 : height))

  local name folder=$BRICKS/processed work i
  name=$(brick_name)
  mkdir -p -- "$folder"
  work=$(mktemp -d -- "$folder/.wallpaper.XXXXXX")
  # shellcheck disable=SC2064 # as it is now
  trap "rm -rf -- '$work'" EXIT
  tool convert bricks "$magick" jpeg:- -resize "$((width * brick_pixels))x$((height * brick_pixels))!" \
    -crop "${brick_pixels}x$brick_pixels" +repage "png:$work/${name}_%d.png" <"$(picture_of "$effect")"
  progress 0.8
  mv -f -- "$work/$name"_*.png "$folder/"

  for ((i = 0; i < width * height; i++)); do
    echo "$((x + i % width)),$((y + i / width)) ${name}_$i.png"
  done >"$LIST"
  echo "$width x $height cells from $x,$y"
}

# In place of this shell: the program that shows the picture, if it has to go on for that.
set_desktop() {
  if [[ $on == map ]]; then # what earlier ones left there is not shown any more
    find "$BRICKS/processed" -maxdepth 1 -name 'wallpaper_*' ! -name "$(brick_name)_*" -delete
  fi
  [[ $on == desktop ]] || exit 0
  local picture word words=() setter=${SETTER:-auto}
  picture=$(picture_of "$effect")
  if [[ $setter == auto ]]; then
    if [[ -n ${HYPRLAND_INSTANCE_SIGNATURE:-} ]] && hyprctl hyprpaper preload "$picture" >/dev/null 2>&1; then
      exec hyprctl hyprpaper wallpaper ",$picture"
    elif [[ -n ${SWAYSOCK:-} ]] && command -v swaymsg >/dev/null; then
      exec swaymsg -q "output * bg \"$picture\" fill" # it starts swaybg itself
    elif swww query >/dev/null 2>&1; then
      exec swww img -- "$picture"
    elif ! command -v swaybg >/dev/null; then
      die "nothing here shows a wallpaper: install swaybg, or name a program as SETTER in wallpaper.json"
    fi
    setter='swaybg -m fill -i {}'
  fi
  read -ra words <<<"$setter"
  for word in "${!words[@]}"; do words[word]=${words[word]//"{}"/$picture}; done
  exec "${words[@]}"
}

(($# >= 3)) || die "usage: wallpaper.sh STEP -- FILE [EFFECT [ON [CELL WIDTH]]]"
readonly step=$1 file=$3 effect=${4:-none} on=${5:-desktop} cell=${6:-0,0} width=${7:-16}
[[ " desktop map nothing " == *" $on "* ]] || die "it can be shown on desktop, map or nothing, not on $on"
check_effect "$effect"
open_picture
case $step in
colours) colours ;;
effects) make_effects ;;
cut) cut_bricks ;;
set) set_desktop ;;
*) die "there is no step $step" ;;
esac
