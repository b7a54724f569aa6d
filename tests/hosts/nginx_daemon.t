#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/nginx.sh
suite nginx-daemon daemon nginx_with tidemark.conf
