#!/usr/bin/env bash
# The console transcripts of docs/CLI.md do what they show.
TIDEMARK_BIN=${TIDEMARK_BIN:-$PWD/build/bin}
export TIDEMARK_BIN PATH="$TIDEMARK_BIN:$PATH"
TRANSCRIPTS=docs/CLI.md exec "${BASH_SOURCE[0]%/*}/readme.t"
