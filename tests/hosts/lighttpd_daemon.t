#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/lighttpd.sh
suite lighttpd-daemon daemon lighttpd_with tidemark.conf "$FCGI_SOCK"
