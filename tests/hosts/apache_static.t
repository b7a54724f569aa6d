#!/usr/bin/env bash
. tests/hosts/suite.sh
. tests/hosts/files.sh
. tests/hosts/apache.sh
files_suite apache-static apache_static
