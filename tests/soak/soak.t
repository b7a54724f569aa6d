#!/usr/bin/env bash
# Everyone converges, whatever happens to files, programs and databases: soak.js
# says how.  SEED=n does the same to them again, SOAK_SECONDS=n for so long.
. tests/e2e/lib.sh

seed=${SEED:-$RANDOM}
diag "SEED=$seed"
node tests/soak/soak.js '{"seconds":'"${SOAK_SECONDS:-60}"',"seed":'"$seed"',
	"dir":"'"$TMP"'","journal":"'"${TIDEMARK_SOAK:-build/soak}"'",
	"bin":"'"$BIN"'","binTest":"'"$BIN_TEST"'","port":'"$(free_port)"'}'
