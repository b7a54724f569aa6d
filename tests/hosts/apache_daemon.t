#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/apache.sh
suite apache-daemon daemon apache_with tidemark.conf proxy proxy_fcgi
