#!/bin/sh
# Take a bundle in on a machine that reaches nothing: compare its signature and every file, load the images, lay the site.
#
#     ./import.sh PUBLIC_KEY [TARGET]          TARGET: where the site goes, /opt/intramuros if not named
#
# This script came with what it compares: whoever could change the bundle could change it. Type the two commands of RUNBOOK.md's
# first step before you run it, with a PUBLIC_KEY that came by another way than the bundle; a key inside it is refused.
# Needs a POSIX shell, coreutils, openssl 3 and the container engine. Changes nothing before everything was compared.
# On a site that is there already (an upgrade) settings and secrets stay, and what the bundle has new of them is laid beside as
# *.new; in .env only the images change, and .env.previous is what was there.
set -eu

refuse() { printf 'refused: %s\n  what to do: %s\n' "$1" "$2" >&2; exit 1; }

[ $# -ge 1 ] || { sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 2; }
# Both mean what they mean where this was typed, so they are resolved before the folder changes.
key=$(readlink -f -- "$1") && [ -f "$key" ] || refuse "there is no file $1" "name the public key of whoever made the bundle"
target=${2:-/opt/intramuros}
case $target in /*) ;; *) target=$PWD/$target ;; esac
bundle=$(readlink -f -- "$0")
cd "${bundle%/*}/"
case $key in "$(pwd -P)"/*) refuse "$key lies in the bundle" "take the public key that came by another way" ;; esac

echo "· the signature"
openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig >/dev/null 2>&1 ||
	refuse "SHA256SUMS is not signed by $key" "fetch the bundle again, or the right public key"

echo "· every file"
sha256sum --check --strict --quiet SHA256SUMS >&2 || refuse "files differ from the signed list" "copy the bundle again"
listed=$(cut -c67- SHA256SUMS | LC_ALL=C sort)
present=$(find . -type f ! -name SHA256SUMS ! -name SHA256SUMS.sig | sed 's|^\./||' | LC_ALL=C sort)
[ "$listed" = "$present" ] || refuse "there are files that the signed list does not name" "copy the bundle again"
[ -z "$(find . ! -type f ! -type d)" ] || refuse "there are links or devices in the bundle" "copy the bundle again"
# Above a listed file every folder is spoken for; one without any file is nobody's.
[ -z "$(find . -type d -empty)" ] || refuse "there are folders that the signed list does not name" "copy the bundle again"

echo "· the images"
tab=$(printf '\t')
while IFS="$tab" read -r tag id file; do
	docker load --quiet --input "$file" >/dev/null || refuse "$file was not loaded" "look at the engine's log"
	loaded=$(docker image inspect --format '{{.Id}}' "$tag" 2>/dev/null || true)
	[ "$loaded" = "$id" ] || refuse "$tag is $loaded and not $id" "remove that image and import again"
	echo "  $tag"
done < images.tsv

echo "· the site in $target"
install -d -m 0755 "$target/deploy" "$target/models"
(cd deploy && find . -type f) | while read -r file; do
	from=deploy/$file to=$target/deploy/$file
	install -d -m 0755 "$(dirname "$to")"
	case $file in
	*.toml | ./monitoring/*.yml | ./compose.override.yaml)  # the site's own words
		if [ ! -e "$to" ]; then cp "$from" "$to"; elif ! cmp -s "$from" "$to"; then cp "$from" "$to.new"; fi ;;
	*) cp "$from" "$to" ;;
	esac
done
variables=$target/deploy/.env
if [ -e "$variables" ]; then  # an upgrade: the images of this bundle count, every other line is the site's
	cp -p "$variables" "$variables.new"
	grep '^[A-Z_]*_IMAGE=' deploy/images.env | while IFS='=' read -r name tag; do
		cut -f1 images.tsv | grep -qxF "$tag" || continue
		if grep -q "^$name=" "$variables.new"; then sed -i "s|^$name=.*|$name=$tag|" "$variables.new"
		else echo "$name=$tag" >> "$variables.new"; fi
	done
	if cmp -s "$variables" "$variables.new"; then rm "$variables.new"  # imported again: .env.previous stays what it was
	else cp -p "$variables" "$variables.previous" && mv "$variables.new" "$variables"; fi
fi
printf '%s\n' "$listed" | sed -n 's|^models/\([^/]*\)/.*|\1|p' | sort -u | while read -r name; do
	rm -rf "$target/models/.$name.new"
	cp -R "models/$name" "$target/models/.$name.new"
	rm -rf "$target/models/$name"
	mv "$target/models/.$name.new" "$target/models/$name"
	echo "  model $name"
done
echo "✓ imported; go on with RUNBOOK.md"
