#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/files.sh
. tests/hosts/lighttpd.sh
files_suite lighttpd-static lighttpd_with static.conf ''
