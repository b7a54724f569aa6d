#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/lighttpd.sh
suite lighttpd-spawned spawned lighttpd_with spawned.conf "$SITE/fcgi.sock"
