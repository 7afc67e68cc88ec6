#!/usr/bin/env bash
# The main job on a sample agency, with the commands a person would type: `make run`. No Excel, no questions, and
# nothing outside the folder `run`. It takes less than a minute and ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf run
mkdir run
export CASELOAD_DATABASE_URL="sqlite:///$PWD/run/caseload.db"
book=run/Caseload.xlsx
marked="run/Caseload before the fixes.xlsx"

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }
# Some commands answer 1 to say that the data has errors; here that is what we came to see.
show_errors() { show "$@" || [ $? -eq 1 ]; }

say "1. An agency: 5,000 participants, 60 staff, 12 programs, and the caseload they share"
show caseload-server sample --participants 5000 --staff 60 --programs 12

say "2. A workbook: 600 rows as a person would type them, about 30 of them with a mistake"
show caseload-server sample-rows "$book" --rows 600 --mistakes 30

say "3. The server"
CASELOAD_TOKEN=$(caseload-server token create S1 --json | python -c 'import json, sys; print(json.load(sys.stdin)["token"])')
export CASELOAD_TOKEN
caseload-server serve --port 0 >run/server.txt 2>run/server.log &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    if grep -q http run/server.txt; then break; fi
    kill -0 "$server" 2>/dev/null || { cat run/server.log; exit 3; }
    sleep 0.2
done
CASELOAD_URL=$(grep -o 'http://.*' run/server.txt)
export CASELOAD_URL
cat run/server.txt

say "4. Check the workbook: each distinct mistake once, with what was probably meant"
show_errors caseload validate "$book"
cp "$book" "$marked"

say "5. Take every suggestion that is sure, and leave out the rows that are left"
show_errors caseload fix "$book" --accept-suggestions --leave-out-rest

say "6. Submit"
show caseload submit "$book" --yes

say "7. What was written, row by row"
show caseload log --to run/log.csv
head -n 6 run/log.csv

say "Done. Everything is in the folder $PWD/run:"
cat <<END
  Caseload before the fixes.xlsx
      the workbook as step 4 left it: its wrong cells are painted
  Caseload.xlsx
      the same one, corrected in step 5 and submitted in step 6: its rows say
      “written” or “left out”, and its sheet Log tells what became of each
  log.csv
      that log as a file
  mail
      what the submitter is sent
END
