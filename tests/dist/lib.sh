# shellcheck shell=bash disable=SC2034
# lib: what the tests of the tarball for shared hosts share; sourced after
# tests/e2e/lib.sh.  TIDEMARK_DIST is the tarball, as make dist has made it.

TARBALL=${TIDEMARK_DIST:-$(echo build/dist/*.tar.gz)}
[ -f "$TARBALL" ] || bail_out "no $TARBALL: make dist"
TOP=$(basename "$TARBALL" .tar.gz)

# upload HOME: as README.txt has it, into the home of somebody
upload()
{
	tar -xzf "$TARBALL" -C "$TMP"
	mkdir -p "$1/public_html"
	cp -a "$TMP/$TOP/live" "$1/public_html"
	cp -a "$TMP/$TOP/tidemark" "$1"
}
