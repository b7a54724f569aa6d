#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/files.sh
. tests/hosts/nginx.sh
files_suite nginx-static nginx_with static.conf
