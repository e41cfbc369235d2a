#!/usr/bin/env bash
# A fuzz campaign as a Slurm job array: the index of a task is its shard.
#
#   sbatch --array=0-15 ci/campaign/slurm.sh
#   dht-harness merge results/shard-* --out scenarios/regressions
#
# Tasks are independent of each other. SEED, TIME and RESULTS can be set; with a
# TIME above 1h40m also give sbatch a longer --time.
#SBATCH --job-name=dht-harness-fuzz
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=02:00:00
#SBATCH --signal=B:INT@120
set -euo pipefail
: "${SLURM_ARRAY_TASK_ID:?start this with sbatch --array=0-N}"
# Indices must count from 0 without gaps, or shards would be left out.
shards=$((SLURM_ARRAY_TASK_MAX + 1))
# exec: the signal before the end of the time is sent to the batch shell (the B:
# above). It has to reach the program, which then writes its results.
exec dht-harness fuzz --for "${TIME:-1h}" --seed "${SEED:-1}" \
    --jobs "${SLURM_CPUS_PER_TASK:-2}" \
    --shard "$SLURM_ARRAY_TASK_ID/$shards" \
    --out "${RESULTS:-results}/shard-$SLURM_ARRAY_TASK_ID"
